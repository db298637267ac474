package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Checks the sizes of segments before kernels read and write them by address. */
public final class SegmentChecks {
    private SegmentChecks() {}

    /**
     * Checks the segments of a convolution over two axes.
     *
     * @throws IndexOutOfBoundsException if one is too small
     */
    public static void convolution(
            ConvShape shape,
            MemorySegment x,
            Optional<MemorySegment> bias,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            long scratchBytes) {
        long cells = (long) shape.batch() * shape.window().outputs();
        floats("x", x, (long) shape.batch() * shape.window().inputs() * shape.channels());
        floats("y", y, cells * shape.filters());
        if (bias.isPresent()) {
            floats("bias", bias.get(), shape.filters());
        }
        if (residual.isPresent()) {
            floats("residual", residual.get(), cells * shape.filters());
        }
        floats("scratch", scratch, scratchBytes / Float.BYTES);
    }

    public static void floats(String name, MemorySegment segment, long elements) {
        if (segment.byteSize() < elements * Float.BYTES) {
            throw new IndexOutOfBoundsException(
                    name + ": expected " + elements + " elements of FP32, got " + segment.byteSize() + " bytes");
        }
    }
}
