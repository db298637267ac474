package dev.nereid.server.tensorflow;

import dev.nereid.server.http.ErrorFormat;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonWriter;
import java.nio.charset.StandardCharsets;

/**
 * How TensorFlow Serving answers errors over HTTP: a status for each canonical code, and an object with the text. Source: its
 * http_server.cc.
 */
public final class TensorflowErrors implements ErrorFormat {
    private static final byte[] BEFORE = "{\n    \"error\": ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AFTER = "\n}".getBytes(StandardCharsets.US_ASCII);

    /** What the reader of JSON says in front of a mistake in a document. */
    private static final String SYNTAX = "failed to parse the request JSON buffer: ";

    private static final String AT = " at ";

    @Override
    public int status(InferException error) {
        return switch (error.code()) {
            case INVALID_ARG, MALFORMED, FAILED_PRECONDITION -> 400;
            case UNAUTHENTICATED -> 401;
            case PERMISSION_DENIED -> 403;
            case NOT_FOUND -> 404;
            case ALREADY_EXISTS -> 409;
            case RESOURCE_EXHAUSTED -> 429;
            case CANCELLED -> 499;
            case UNKNOWN, INTERNAL -> 500;
            case UNSUPPORTED -> 501;
            case UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
        };
    }

    /** The name of the canonical code of an error. */
    public static String name(InferException error) {
        return switch (error.code()) {
            case INVALID_ARG, MALFORMED -> "INVALID_ARGUMENT";
            case UNSUPPORTED -> "UNIMPLEMENTED";
            default -> error.code().name();
        };
    }

    @Override
    public byte[] document(InferException error) {
        return document(status(error), text(error));
    }

    @Override
    public byte[] document(int status, String text) {
        byte[] quoted = new JsonWriter().value(text).toBytes();
        byte[] document = new byte[BEFORE.length + quoted.length + AFTER.length];
        System.arraycopy(BEFORE, 0, document, 0, BEFORE.length);
        System.arraycopy(quoted, 0, document, BEFORE.length, quoted.length);
        System.arraycopy(AFTER, 0, document, BEFORE.length + quoted.length, AFTER.length);
        return document;
    }

    /** The text of an error; mistakes in JSON are told in TensorFlow Serving's words. */
    private static String text(InferException error) {
        String text = error.text();
        int at = text.lastIndexOf(AT);
        return error.code() == InferException.Code.MALFORMED && text.startsWith(SYNTAX) && at > 0
                ? "JSON Parse error: " + text.substring(SYNTAX.length(), at) + " at offset: "
                        + text.substring(at + AT.length())
                : text;
    }
}
