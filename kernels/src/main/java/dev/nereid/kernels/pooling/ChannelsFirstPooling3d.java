package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.convolution.Window;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * 3-D pooling with the channels first as 2-D pooling: the planes under each window are reduced to one plane, and the planes
 * of a channel are pooled like channels.
 *
 * @param first the first plane of the input that each plane is made of
 * @param counts how many it is made of
 */
@SuppressWarnings("ArrayRecordComponent")
record ChannelsFirstPooling3d(Window window, int[] first, int[] counts) {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int AXES = 3;

    /** The planes of a window that {@link #suits}. */
    static ChannelsFirstPooling3d of(Window window) {
        return new ChannelsFirstPooling3d(
                window, WideStridePooling.first(window, 0), WideStridePooling.counts(window, 0));
    }

    /** Whether a window is over three axes, and every one of its places reads a plane of the input. */
    static boolean suits(Window window) {
        return window.rank() == AXES
                && window.padding()[0] >= 0
                && window.outputs() > 0
                && (long) Float.BYTES * window.inputs() <= Integer.MAX_VALUE
                && Arrays.stream(WideStridePooling.counts(window, 0)).allMatch(count -> count > 0);
    }

    /** What a window does along its last two axes. */
    static Window across(Window window) {
        return new Window(
                last(window.input()),
                last(window.kernel()),
                last(window.stride()),
                last(window.dilation()),
                last(window.padding()),
                last(window.output()));
    }

    static int[] last(int... numbers) {
        return Arrays.copyOfRange(numbers, AXES - 2, AXES);
    }

    /** Bytes of the planes of a channel; behind them a vector may be written. */
    static long bytes(Window window) {
        long cells = (long) window.output()[0] * across(window).inputs() + LANES;
        return (Float.BYTES * cells + 63) & -64;
    }

    /**
     * Writes the planes of maxima of a channel.
     *
     * @param kernel for what suits it
     */
    void maxPool(long x, long planes, Optional<MaxPoolKernel> kernel) {
        int cells = across(window).inputs();
        long bytes = (long) Float.BYTES * cells;
        long tapBytes = window.dilation()[0] * bytes;
        if (cells >= MaxPoolKernel.LEAST_CHANNELS
                && kernel.isPresent()
                && areNumbers(kernel.get(), x, planes, cells, tapBytes)) {
            return;
        }
        if (ChannelsFirstMaxPool.down(x, bytes, first, counts, 0, first.length, tapBytes, cells, planes, bytes)) {
            return;
        }
        for (int plane = 0; plane < first.length; plane++) {
            int[] taps = new int[counts[plane]];
            Arrays.setAll(taps, tap -> tap * (int) tapBytes);
            MaxPoolLines.ofAnyLines(x + bytes * first[plane], taps, planes + bytes * plane, cells);
        }
    }

    /** Places of a plane as channels, and the planes under a window as its columns; returns false if an input is NaN. */
    private boolean areNumbers(MaxPoolKernel kernel, long x, long planes, int cells, long tapBytes) {
        long bytes = (long) Float.BYTES * cells;
        boolean numbers = true;
        for (int plane = 0; numbers && plane < first.length; plane++) {
            long from = x + bytes * first[plane];
            numbers = kernel.cells(cells, 1, from, 1, 0, counts[plane], tapBytes, 0, planes + bytes * plane);
        }
        return numbers;
    }

    /** Writes the planes of the sums of a channel. */
    void sums(long x, long planes) {
        int cells = across(window).inputs();
        long bytes = (long) Float.BYTES * cells;
        long tapBytes = window.dilation()[0] * bytes;
        ChannelsFirstAveragePool.down(x, bytes, first, counts, 0, first.length, tapBytes, cells, planes, bytes);
    }

    /** Divides {@code count} cells at an address. */
    static void divide(long y, int count, int divisor) {
        for (int i = 0; i < count; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, count);
            FloatVector.fromMemorySegment(SPECIES, ALL, y + 4L * i, ORDER, mask)
                    .div(divisor)
                    .intoMemorySegment(ALL, y + 4L * i, ORDER, mask);
        }
    }
}
