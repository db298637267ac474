package dev.nereid.kernels.convolution.channelslast;

import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;

import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.Window;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Depthwise convolution with the channels last: a vector of channels is multiplied with a vector of weights. Some vectors of
 * a row of output cells are summed up side by side, which hides the latency of an addition and reads each weight once for
 * all of them. Where several cells with all their channels fill a vector, it holds several neighbours. Weights: [taps,
 * channels filled up to whole vectors].
 */
final class ChannelsLastDepthwise {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    static final int LANES = SPECIES.length();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int EIGHT = 8;
    private static final int FOUR = 4;

    private ChannelsLastDepthwise() {}

    static long packedBytes(Filters filters) {
        return (long) filters.taps() * width(filters.count()) * Float.BYTES;
    }

    private static int width(int channels) {
        return Math.ceilDiv(channels, LANES) * LANES;
    }

    /** Neighbouring cells whose channels fill a vector; 1 where they do not, or none lie next to each other. */
    private static int cellsInVector(int channels, int step) {
        return step == 1 && LANES % channels == 0 ? LANES / channels : 1;
    }

    /** Packs the weights; those of few channels again and again, for vectors of several cells. */
    static void pack(Filters filters, MemorySegment w, MemorySegment memory) {
        int width = width(filters.count());
        int period = cellsInVector(filters.count(), 1) > 1 ? filters.count() : width;
        int taps = filters.taps();
        float[] weights = w.asSlice(0, filters.elements() * Float.BYTES).toArray(FLOAT);
        float[] rows = new float[taps * width];
        for (int tap = 0; tap < taps; tap++) {
            for (int lane = 0; lane < width; lane++) {
                int channel = lane % period;
                if (channel < filters.count()) {
                    rows[tap * width + lane] = weights[channel * taps + tap];
                }
            }
        }
        MemorySegment.copy(rows, 0, memory, FLOAT, 0, rows.length);
    }

    /** Bytes of scratch memory that {@link #run} needs. */
    static long scratchBytes() {
        return (long) LANES * Float.BYTES;
    }

    /**
     * Computes all filters for the cells [from, to) of an item, which are whole rows, a vector of channels after the
     * other, so that what several rows of output read of it stays in the L1 cache.
     *
     * @param kernel for layers that it suits
     * @param cells of which a vector may be read at the last channel of the last cell
     * @param scratch of {@link #scratchBytes}
     */
    static void run(
            Optional<ChannelsLastDepthwiseKernel> kernel,
            LayerOperands layer,
            int item,
            Halo.Cells cells,
            int from,
            int to,
            MemorySegment scratch) {
        Window window = layer.window();
        int channels = layer.shape().channels();
        if (kernel.isPresent() && kernel.get().suits(window, channels, LANES)) {
            ChannelsLastRows rows = ChannelsLastRows.of(layer, item, cells, from, to);
            kernel.get().run(window, channels, rows, layer.w().segment().address(), width(channels));
            layer.finish(item, from, to, 0, channels);
            return;
        }
        int together = cellsInVector(channels, window.stride()[1]);
        int width = window.output()[1];
        int stride = window.stride()[1];
        int kernelColumns = window.kernel()[1];
        boolean columns = together == 1
                && window.dilation()[1] == 1
                && stride <= 2
                && (kernelColumns == 3 || kernelColumns == 5)
                && width >= Depthwise3x3.VECTORS;
        boolean nine = window.kernel()[0] == 3 && kernelColumns == 3 && width >= Depthwise3x3.VECTORS * together;
        int[] taps = taps(window, cells);
        for (int channel = 0; channel < channels; channel += LANES) {
            long bias = together == 1 ? layer.bias(channel) : repeated(layer, together, scratch);
            if (columns || nine) {
                band(layer, item, cells, taps, from, to, channel, together, columns, bias);
                continue;
            }
            for (int first = from; first < to; first += width) {
                row(layer, item, cells, taps, first, channel, together, bias);
            }
        }
        layer.finish(item, from, to, 0, layer.shape().filters());
    }

    /** Whole rows, by {@link DepthwiseColumns} or by {@link Depthwise3x3}. */
    private static void band(
            LayerOperands layer,
            int item,
            Halo.Cells cells,
            int[] taps,
            int from,
            int to,
            int channel,
            int together,
            boolean columns,
            long bias) {
        Window window = layer.window();
        int channels = layer.shape().channels();
        int width = window.output()[1];
        int kernelRows = window.kernel()[0];
        int kernelColumns = window.kernel()[1];
        int stride = window.stride()[1];
        int firstRow = from / width * window.stride()[0];
        long xCell = (long) stride * channels * Float.BYTES;
        long yCell = (long) channels * Float.BYTES;
        long xRow = cells.at(window.stride()[0], 0) - cells.address();
        long tapRow = kernelRows == 1 ? 0 : taps[kernelColumns];
        long x = cells.at(firstRow, 0) + 4L * channel;
        long w = layer.w().segment().address() + 4L * channel;
        long wBytes = (long) width(channels) * Float.BYTES;
        long y = layer.y(item, from, channel);
        Depthwise3x3.Steps xSteps = new Depthwise3x3.Steps(xRow, xCell, together * xCell, tapRow, taps[1]);
        Depthwise3x3.Steps ySteps = new Depthwise3x3.Steps(layer.rowBytes(), yCell, together * yCell, 0, 0);
        int rows = (to - from) / width;
        int lanes = together == 1 ? Math.min(LANES, channels - channel) : LANES;
        float low = layer.clamp().low();
        float high = layer.clamp().high();
        if (!columns) {
            int block = Depthwise3x3.VECTORS * together;
            Depthwise3x3.rows(x, xSteps, w, wBytes, bias, y, ySteps, rows, width, block, lanes, low, high);
        } else if (kernelColumns == 3 && stride == 1) {
            DepthwiseColumns.three(x, xSteps, kernelRows, w, wBytes, bias, y, ySteps, rows, width, lanes, low, high);
        } else if (kernelColumns == 3) {
            DepthwiseColumns.threeInSteps(
                    x, xSteps, kernelRows, w, wBytes, bias, y, ySteps, rows, width, lanes, low, high);
        } else if (stride == 1) {
            DepthwiseColumns.five(x, xSteps, kernelRows, w, wBytes, bias, y, ySteps, rows, width, lanes, low, high);
        } else {
            DepthwiseColumns.fiveInSteps(
                    x, xSteps, kernelRows, w, wBytes, bias, y, ySteps, rows, width, lanes, low, high);
        }
    }

    /** The address of a vector of the addends of several cells; 0 where there are none. */
    private static long repeated(LayerOperands layer, int cells, MemorySegment scratch) {
        if (layer.bias().isEmpty()) {
            return 0;
        }
        long bytes = (long) layer.shape().channels() * Float.BYTES;
        for (int cell = 0; cell < cells; cell++) {
            MemorySegment.copy(layer.bias().get(), 0, scratch, cell * bytes, bytes);
        }
        return scratch.address();
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

    /** The row that begins with cell {@code first}. */
    private static void row(
            LayerOperands layer,
            int item,
            Halo.Cells cells,
            int[] taps,
            int first,
            int channel,
            int together,
            long bias) {
        Window window = layer.window();
        int channels = layer.shape().channels();
        int step = window.stride()[1];
        int count = window.output()[1];
        long x = cells.at(first / count * window.stride()[0], 0) + 4L * channel;
        long y = layer.y(item, first, channel);
        long w = layer.w().segment().address() + 4L * channel;
        long weightBytes = (long) width(channels) * Float.BYTES;
        long xCell = (long) step * channels * Float.BYTES;
        long yCell = (long) channels * Float.BYTES;
        long xBytes = together * xCell;
        long yBytes = together * yCell;
        int lanes = Math.min(LANES, together == 1 ? channels - channel : count * channels);
        int vectors = count / together;
        int block = vectors >= EIGHT ? EIGHT : vectors >= FOUR ? FOUR : 1;
        int blockCells = block * together;
        float low = layer.clamp().low();
        float high = layer.clamp().high();
        for (int done = 0; done < count; done += blockCells) {
            // The last block goes over cells of the one before again where the row is no multiple of it.
            long at = Math.max(0, Math.min(done, count - blockCells));
            long from = x + at * xCell;
            long to = y + at * yCell;
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
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        FloatVector addend = addend(bias, mask);
        FloatVector s0 = FloatVector.zero(SPECIES);
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
        s0 = s0.add(addend);
        s1 = s1.add(addend);
        s2 = s2.add(addend);
        s3 = s3.add(addend);
        s4 = s4.add(addend);
        s5 = s5.add(addend);
        s6 = s6.add(addend);
        s7 = s7.add(addend);
        s0.blend(least, s0.compare(LE, least)).blend(most, s0.compare(GE, most)).intoMemorySegment(ALL, y, ORDER, mask);
        s1.blend(least, s1.compare(LE, least))
                .blend(most, s1.compare(GE, most))
                .intoMemorySegment(ALL, y + yBytes, ORDER, mask);
        s2.blend(least, s2.compare(LE, least))
                .blend(most, s2.compare(GE, most))
                .intoMemorySegment(ALL, y + 2 * yBytes, ORDER, mask);
        s3.blend(least, s3.compare(LE, least))
                .blend(most, s3.compare(GE, most))
                .intoMemorySegment(ALL, y + 3 * yBytes, ORDER, mask);
        s4.blend(least, s4.compare(LE, least))
                .blend(most, s4.compare(GE, most))
                .intoMemorySegment(ALL, y + 4 * yBytes, ORDER, mask);
        s5.blend(least, s5.compare(LE, least))
                .blend(most, s5.compare(GE, most))
                .intoMemorySegment(ALL, y + 5 * yBytes, ORDER, mask);
        s6.blend(least, s6.compare(LE, least))
                .blend(most, s6.compare(GE, most))
                .intoMemorySegment(ALL, y + 6 * yBytes, ORDER, mask);
        s7.blend(least, s7.compare(LE, least))
                .blend(most, s7.compare(GE, most))
                .intoMemorySegment(ALL, y + 7 * yBytes, ORDER, mask);
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
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        FloatVector addend = addend(bias, mask);
        FloatVector s0 = FloatVector.zero(SPECIES);
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
        s0 = s0.add(addend);
        s1 = s1.add(addend);
        s2 = s2.add(addend);
        s3 = s3.add(addend);
        s0.blend(least, s0.compare(LE, least)).blend(most, s0.compare(GE, most)).intoMemorySegment(ALL, y, ORDER, mask);
        s1.blend(least, s1.compare(LE, least))
                .blend(most, s1.compare(GE, most))
                .intoMemorySegment(ALL, y + yBytes, ORDER, mask);
        s2.blend(least, s2.compare(LE, least))
                .blend(most, s2.compare(GE, most))
                .intoMemorySegment(ALL, y + 2 * yBytes, ORDER, mask);
        s3.blend(least, s3.compare(LE, least))
                .blend(most, s3.compare(GE, most))
                .intoMemorySegment(ALL, y + 3 * yBytes, ORDER, mask);
    }

    private static void one(
            long x, int[] taps, long w, long weightBytes, long bias, long y, int lanes, float low, float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int tap = 0; tap < taps.length; tap++) {
            sum = load(w + tap * weightBytes).fma(load(x + taps[tap]), sum);
        }
        sum = sum.add(addend(bias, mask));
        sum.blend(least, sum.compare(LE, least))
                .blend(most, sum.compare(GE, most))
                .intoMemorySegment(ALL, y, ORDER, mask);
    }

    /** What is added to sums: the vector at an address, or zeros where that is 0. */
    static FloatVector addend(long bias, VectorMask<Float> mask) {
        return bias == 0 ? FloatVector.zero(SPECIES) : FloatVector.fromMemorySegment(SPECIES, ALL, bias, ORDER, mask);
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER);
    }
}
