package dev.nereid.server.http;

import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonWriter;
import java.util.function.ToIntFunction;

/** How a protocol writes errors: the HTTP status of each, and the document that tells it. */
public interface ErrorFormat {
    /** The HTTP status of an error. */
    int status(InferException error);

    /** The body of an answer with that status. */
    byte[] document(int status, String text);

    /** The body that tells an error; by default nothing but its text. */
    default byte[] document(InferException error) {
        return document(status(error), error.text());
    }

    /** Triton's: {@code {"error": text}} with the status of the error's code. */
    static ErrorFormat ofTriton(Dialect dialect) {
        return ofTriton(error -> dialect.httpStatus(error.code()));
    }

    /** What Triton's clients expect of an error. */
    static byte[] tritonDocument(String text) {
        return new JsonWriter()
                .beginObject()
                .name("error")
                .value(text)
                .endObject()
                .toBytes();
    }

    /** Triton's documents with other statuses. */
    static ErrorFormat ofTriton(ToIntFunction<InferException> status) {
        return new ErrorFormat() {
            @Override
            public int status(InferException error) {
                return status.applyAsInt(error);
            }

            @Override
            public byte[] document(int unused, String text) {
                return tritonDocument(text);
            }
        };
    }
}
