package dev.nereid.kernels.pooling;

import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.Filters3d;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * 3-D pooling with the channels last, x: [batch, frames, rows, columns, channels]: over rows and columns first, then over
 * frames, with the pixels as channels.
 */
public final class Pooling3d {
    private final Window frames;
    private final Window plane;
    private final int batch;
    private final int channels;

    /** @param window over three axes */
    public Pooling3d(Window window, int batch, int channels) {
        this.frames = Filters3d.frames(window);
        this.plane = Filters3d.plane(window);
        this.batch = batch;
        this.channels = channels;
    }

    /** Bytes of scratch memory. */
    public long scratchBytes() {
        return (long) items() * plane.outputs() * channels * Float.BYTES;
    }

    private int items() {
        return Math.multiplyExact(batch, frames.input()[0]);
    }

    private int across() {
        return Math.multiplyExact(plane.outputs(), channels);
    }

    /** As {@link ChannelsLastKernels#max}. */
    public void max(
            ChannelsLastKernels kernels, MemorySegment x, MemorySegment y, MemorySegment scratch, Workers workers) {
        kernels.max(plane, items(), channels, x, scratch, workers);
        kernels.max(frames, batch, across(), scratch, y, workers);
    }

    /**
     * As {@link ChannelsLastKernels#mean}, whose divisors are products of these.
     *
     * @param planeDivisors [rows, columns] of the output
     * @param frameDivisors [frames] of the output
     */
    public void mean(
            ChannelsLastKernels kernels,
            MemorySegment x,
            int[] planeDivisors,
            int[] frameDivisors,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        kernels.mean(plane, items(), channels, x, planeDivisors, scratch, workers);
        kernels.mean(frames, batch, across(), scratch, frameDivisors, y, workers);
    }
}
