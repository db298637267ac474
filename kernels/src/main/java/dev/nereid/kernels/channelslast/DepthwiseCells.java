package dev.nereid.kernels.channelslast;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.conv.Window;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Convolutions whose filters read one channel each: a vector of channels is multiplied with a vector of weights. Eight
 * output cells of a row are summed up side by side, which hides the latency of an addition and reads each weight once for
 * all of them. Weights: [taps, channels filled up to whole vectors].
 */
final class DepthwiseCells {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    static final int LANES = SPECIES.length();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int EIGHT = 8;
    private static final int FOUR = 4;

    private DepthwiseCells() {}

    static long packedBytes(Filters filters) {
        return (long) filters.taps() * width(filters.count()) * Float.BYTES;
    }

    private static int width(int channels) {
        return Math.ceilDiv(channels, LANES) * LANES;
    }

    static void pack(Filters filters, MemorySegment w, MemorySegment memory) {
        int width = width(filters.count());
        for (int tap = 0; tap < filters.taps(); tap++) {
            for (int channel = 0; channel < filters.count(); channel++) {
                float weight = w.getAtIndex(FLOAT, (long) channel * filters.taps() + tap);
                memory.setAtIndex(FLOAT, (long) tap * width + channel, weight);
            }
        }
    }

    /**
     * Computes all filters for the cells [from, to) of an item, a vector of channels after the other, so that what
     * several rows of output read of it stays in the L1 cache.
     *
     * @param cells of which a vector may be read at the last channel of the last cell
     */
    static void run(Layer layer, int item, Halo.Cells cells, int from, int to) {
        Window window = layer.window();
        int[] taps = taps(window, cells);
        int width = window.output()[1];
        for (int channel = 0; channel < layer.shape().channels(); channel += LANES) {
            for (int first = from; first < to; ) {
                int row = first / width;
                int last = Math.min(to, (row + 1) * width);
                row(layer, item, cells, taps, row, first, last, channel);
                first = last;
            }
        }
        layer.finish(item, from, to, 0, layer.shape().filters());
    }

    /** Bytes from the first cell that an output cell reads to that of each tap. */
    private static int[] taps(Window window, Halo.Cells cells) {
        int[] taps = new int[window.taps()];
        int next = 0;
        for (int ky = 0; ky < window.kernel()[0]; ky++) {
            for (int kx = 0; kx < window.kernel()[1]; kx++) {
                long at = cells.at(ky * window.dilation()[0], kx * window.dilation()[1]) - cells.address();
                taps[next++] = Math.toIntExact(at);
            }
        }
        return taps;
    }

    private static void row(
            Layer layer, int item, Halo.Cells cells, int[] taps, int row, int first, int last, int channel) {
        Window window = layer.window();
        int channels = layer.shape().channels();
        int step = window.stride()[1];
        int begin = first % window.output()[1];
        int count = last - first;
        int block = count >= EIGHT ? EIGHT : count >= FOUR ? FOUR : 1;
        long xBytes = (long) step * channels * Float.BYTES;
        long yBytes = (long) channels * Float.BYTES;
        long weightBytes = (long) width(channels) * Float.BYTES;
        int lanes = Math.min(LANES, channels - channel);
        long x = cells.at(row * window.stride()[0], begin * step) + 4L * channel;
        long y = layer.y(item, first, channel);
        long w = layer.w().segment().address() + 4L * channel;
        long bias = layer.bias(channel);
        float low = layer.clamp().low();
        float high = layer.clamp().high();
        for (int done = 0; done < count; done += block) {
            // The last block goes over cells of the one before again where the row is no multiple of it.
            long at = Math.min(done, count - block);
            long from = x + at * xBytes;
            long to = y + at * yBytes;
            if (block == EIGHT) {
                eight(from, xBytes, taps, w, weightBytes, bias, to, yBytes, lanes, low, high);
            } else if (block == FOUR) {
                four(from, xBytes, taps, w, weightBytes, bias, to, yBytes, lanes, low, high);
            } else {
                one(from, taps, w, weightBytes, bias, to, lanes, low, high);
            }
        }
    }

    private static void eight(
            long x,
            long xBytes,
            int[] taps,
            long w,
            long weightBytes,
            long bias,
            long y,
            long yBytes,
            int lanes,
            float low,
            float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector s0 = start(bias, mask);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        for (int tap = 0; tap < taps.length; tap++) {
            FloatVector weight = load(w + tap * weightBytes);
            long at = x + taps[tap];
            s0 = weight.fma(load(at), s0);
            s1 = weight.fma(load(at + xBytes), s1);
            s2 = weight.fma(load(at + 2 * xBytes), s2);
            s3 = weight.fma(load(at + 3 * xBytes), s3);
            s4 = weight.fma(load(at + 4 * xBytes), s4);
            s5 = weight.fma(load(at + 5 * xBytes), s5);
            s6 = weight.fma(load(at + 6 * xBytes), s6);
            s7 = weight.fma(load(at + 7 * xBytes), s7);
        }
        s0.max(low).min(high).intoMemorySegment(ALL, y, ORDER, mask);
        s1.max(low).min(high).intoMemorySegment(ALL, y + yBytes, ORDER, mask);
        s2.max(low).min(high).intoMemorySegment(ALL, y + 2 * yBytes, ORDER, mask);
        s3.max(low).min(high).intoMemorySegment(ALL, y + 3 * yBytes, ORDER, mask);
        s4.max(low).min(high).intoMemorySegment(ALL, y + 4 * yBytes, ORDER, mask);
        s5.max(low).min(high).intoMemorySegment(ALL, y + 5 * yBytes, ORDER, mask);
        s6.max(low).min(high).intoMemorySegment(ALL, y + 6 * yBytes, ORDER, mask);
        s7.max(low).min(high).intoMemorySegment(ALL, y + 7 * yBytes, ORDER, mask);
    }

    private static void four(
            long x,
            long xBytes,
            int[] taps,
            long w,
            long weightBytes,
            long bias,
            long y,
            long yBytes,
            int lanes,
            float low,
            float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector s0 = start(bias, mask);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int tap = 0; tap < taps.length; tap++) {
            FloatVector weight = load(w + tap * weightBytes);
            long at = x + taps[tap];
            s0 = weight.fma(load(at), s0);
            s1 = weight.fma(load(at + xBytes), s1);
            s2 = weight.fma(load(at + 2 * xBytes), s2);
            s3 = weight.fma(load(at + 3 * xBytes), s3);
        }
        s0.max(low).min(high).intoMemorySegment(ALL, y, ORDER, mask);
        s1.max(low).min(high).intoMemorySegment(ALL, y + yBytes, ORDER, mask);
        s2.max(low).min(high).intoMemorySegment(ALL, y + 2 * yBytes, ORDER, mask);
        s3.max(low).min(high).intoMemorySegment(ALL, y + 3 * yBytes, ORDER, mask);
    }

    private static void one(
            long x, int[] taps, long w, long weightBytes, long bias, long y, int lanes, float low, float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector sum = start(bias, mask);
        for (int tap = 0; tap < taps.length; tap++) {
            sum = load(w + tap * weightBytes).fma(load(x + taps[tap]), sum);
        }
        sum.max(low).min(high).intoMemorySegment(ALL, y, ORDER, mask);
    }

    private static FloatVector start(long bias, VectorMask<Float> mask) {
        return bias == 0 ? FloatVector.zero(SPECIES) : FloatVector.fromMemorySegment(SPECIES, ALL, bias, ORDER, mask);
    }

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER);
    }
}
