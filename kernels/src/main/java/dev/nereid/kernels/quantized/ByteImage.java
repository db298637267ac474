package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * What a convolution of bytes reads: one item with its channels last.
 *
 * @param segment uint8 or int8 [spatial..., channels]
 * @param zeroPoint what stands for zero, within the image and beyond its edges
 */
public record ByteImage(MemorySegment segment, boolean signed, int zeroPoint) {
    public ByteImage {
        Objects.requireNonNull(segment, "segment");
    }
}
