package dev.nereid.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The memory that holds a tensor's elements, row-major and dense. A buffer is a view: who allocated the memory frees
 * it. Device memory joins as a further kind.
 */
public sealed interface Buffer {
    /**
     * Elements of a fixed size in native memory, little-endian.
     *
     * @param segment native memory, never a heap or mapped segment: the vector kernels rely on one kind of segment
     */
    record Host(MemorySegment segment) implements Buffer {
        public Host {
            Objects.requireNonNull(segment, "segment");
            if (!segment.isNative() || segment.isMapped()) {
                throw new IllegalArgumentException("a tensor's memory is a plain native segment, got " + segment);
            }
        }
    }

    /**
     * Elements of varying size: one byte sequence an element, arbitrary bytes, usually UTF-8.
     *
     * @param elements not copied; whoever holds the buffer treats them as immutable once the tensor is complete
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Strings(byte[][] elements) implements Buffer {
        public Strings {
            Objects.requireNonNull(elements, "elements");
        }
    }
}
