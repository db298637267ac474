package dev.nereid.server.repository.validation;

import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * An input as a client declares it, before a tensor exists: the datatype may be unknown, dims may be negative and the
 * content may not fit the shape. {@link RequestValidator} says what is wrong with it.
 *
 * @param dataType empty where the protocol has no such type
 * @param dims not copied
 */
@SuppressWarnings("ArrayRecordComponent")
public record DeclaredInput(String name, Optional<DataType> dataType, long[] dims, Content content) {
    public DeclaredInput {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(dataType, "dataType");
        Objects.requireNonNull(dims, "dims");
        Objects.requireNonNull(content, "content");
    }

    /** What came as the input's data. */
    public sealed interface Content {
        /** Elements of a fixed size that take this many bytes. */
        record Bytes(long byteSize) implements Content {}

        /** Strings that are decoded already. */
        record Strings(long count) implements Content {}

        /** Strings as the binary extension carries them: each behind its length of four bytes, little-endian. */
        record SerializedStrings(MemorySegment bytes) implements Content {}
    }
}
