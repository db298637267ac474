package dev.nereid.server.protocol;

import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * An input as a body describes it: datatype, dims and content may contradict each other, because only the model's config
 * says which contradiction a client is told of.
 *
 * @param dataType empty where the protocol has no such type
 * @param dims as the client gave them, not copied; negative where they exceeded a long
 */
@SuppressWarnings("ArrayRecordComponent")
public record DecodedInput(String name, Optional<DataType> dataType, long[] dims, Content content) {
    public DecodedInput {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(dataType, "dataType");
        Objects.requireNonNull(dims, "dims");
        Objects.requireNonNull(content, "content");
    }

    /** The same content in another shape. */
    public DecodedInput withDims(long[] newDims) {
        return new DecodedInput(name, dataType, newDims, content);
    }

    /** What came as the input's data. */
    public sealed interface Content {
        /** Bytes as the binary data extension lays them out, in native memory that the {@link DecodedRequest} owns. */
        record Binary(MemorySegment bytes) implements Content {}

        /** Strings that came as JSON. */
        @SuppressWarnings("ArrayRecordComponent")
        record Strings(byte[][] elements) implements Content {}

        /** Memory of the client's, laid out as binary data, that is copied once the request is known to suit its model. */
        record Shared(SharedRange range) implements Content {}
    }
}
