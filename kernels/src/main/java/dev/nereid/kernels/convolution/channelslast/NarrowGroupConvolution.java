package dev.nereid.kernels.convolution.channelslast;

import static dev.nereid.kernels.convolution.channelslast.ChannelsLastDepthwise.addend;
import static dev.nereid.kernels.convolution.channelslast.ChannelsLastDepthwise.load;
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
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Grouped convolution whose groups are narrower than half a vector: one vector holds the filters of several groups. Each
 * step multiplies the weights of one tap and one of a group's channels: the channels of all these groups, which fit one
 * vector too, are permuted so that every filter meets the one of its own group. Steps count taps, then channels.
 *
 * <p>Memory: [steps, lanes] of which lane of the channels each filter reads, then the weights as [vectors, steps, lanes].
 */
final class NarrowGroupConvolution {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTEGERS = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;
    private static final int EIGHT = 8;
    private static final int FOUR = 4;

    private NarrowGroupConvolution() {}

    /** Whether a vector holds at least two groups. */
    static boolean suits(Filters filters) {
        return !filters.isDepthwise() && together(filters) >= 2;
    }

    /** Groups in a vector. */
    private static int together(Filters filters) {
        return Math.min(filters.groups(), LANES / Math.max(filters.groupFilters(), filters.groupChannels()));
    }

    private static int vectors(Filters filters) {
        return Math.ceilDiv(filters.groups(), together(filters));
    }

    static long packedBytes(Filters filters) {
        return (1L + vectors(filters)) * filters.depth() * VECTOR_BYTES;
    }

    /** Whether the vector of a cell's last channels reaches into what lies behind the cell. */
    static boolean readsBeyondCells(Filters filters) {
        int step = together(filters) * filters.groupChannels();
        return (vectors(filters) - 1) * step + LANES > filters.groups() * filters.groupChannels();
    }

    static void pack(Filters filters, MemorySegment w, MemorySegment memory) {
        int channels = filters.groupChannels();
        int own = filters.groupFilters();
        int used = together(filters) * own;
        for (int step = 0; step < filters.depth(); step++) {
            int tap = step / channels;
            int channel = step % channels;
            for (int lane = 0; lane < used; lane++) {
                int from = lane / own * channels + channel;
                memory.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, (long) step * LANES + lane, from);
            }
            for (int filter = 0; filter < filters.count(); filter++) {
                long weight = ((long) filter * channels + channel) * filters.taps() + tap;
                long row = (1L + filter / used) * filters.depth() + step;
                memory.setAtIndex(
                        ValueLayout.JAVA_FLOAT_UNALIGNED,
                        row * LANES + filter % used,
                        w.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, weight));
            }
        }
    }

    /**
     * Computes all filters for the cells [from, to) of an item, which are whole rows, a vector of filters after the other.
     *
     * @param kernel for layers that it suits
     * @param cells behind whose last one a vector may be read where {@link #readsBeyondCells}
     */
    static void run(
            Optional<GroupedConvolutionKernel> kernel,
            LayerOperands layer,
            int item,
            Halo.Cells cells,
            int from,
            int to) {
        Filters filters = layer.w().filters();
        Window window = layer.window();
        int width = window.output()[1];
        if (kernel.isPresent() && kernel.get().suits(window, LANES)) {
            long own = layer.w().segment().address();
            ChannelsLastRows rows = ChannelsLastRows.of(layer, item, cells, from, to);
            kernel.get().run(window, groups(filters), rows, own, own + filters.depth() * VECTOR_BYTES);
            layer.finish(item, from, to, 0, filters.count());
            return;
        }
        int used = together(filters) * filters.groupFilters();
        int[] steps = steps(filters, window, cells);
        for (int vector = 0; vector < vectors(filters); vector++) {
            int lanes = Math.min(used, filters.count() - vector * used);
            for (int first = from; first < to; first += width) {
                row(layer, item, cells, steps, first, vector, lanes);
            }
        }
        layer.finish(item, from, to, 0, filters.count());
    }

    private static GroupedConvolutionKernel.Groups groups(Filters filters) {
        int together = together(filters);
        return new GroupedConvolutionKernel.Groups(
                filters.count(),
                together * filters.groupFilters(),
                together * filters.groupChannels(),
                filters.groupChannels());
    }

    /** Bytes from the first cell that an output cell reads to that of each step. */
    private static int[] steps(Filters filters, Window window, Halo.Cells cells) {
        int[] steps = new int[filters.depth()];
        int next = 0;
        for (int ky = 0; ky < window.kernel()[0]; ky++) {
            for (int kx = 0; kx < window.kernel()[1]; kx++) {
                long at = cells.at(ky * window.dilation()[0], kx * window.dilation()[1]) - cells.address();
                for (int channel = 0; channel < filters.groupChannels(); channel++) {
                    steps[next++] = Math.toIntExact(at);
                }
            }
        }
        return steps;
    }

    /** The filters of a vector for the row that begins with cell {@code first}. */
    private static void row(
            LayerOperands layer, int item, Halo.Cells cells, int[] steps, int first, int vector, int lanes) {
        Filters filters = layer.w().filters();
        Window window = layer.window();
        int together = together(filters);
        int filter = vector * together * filters.groupFilters();
        int channel = vector * together * filters.groupChannels();
        int count = window.output()[1];
        long x = cells.at(first / count * window.stride()[0], 0) + (long) channel * Float.BYTES;
        long y = layer.y(item, first, filter);
        long lane = layer.w().segment().address();
        long w = lane + (1L + vector) * filters.depth() * VECTOR_BYTES;
        long bias = layer.bias(filter);
        long xCell = (long) window.stride()[1] * cells.channels() * Float.BYTES;
        long yCell = (long) filters.count() * Float.BYTES;
        float low = layer.clamp().low();
        float high = layer.clamp().high();
        int block = count >= EIGHT ? EIGHT : count >= FOUR ? FOUR : 1;
        for (int done = 0; done < count; done += block) {
            // The last block goes over cells of the one before again where the row is no multiple of it.
            long at = Math.min(done, count - block);
            long from = x + at * xCell;
            long to = y + at * yCell;
            if (block == EIGHT) {
                eight(from, xCell, steps, lane, w, bias, to, yCell, lanes, low, high);
            } else if (block == FOUR) {
                four(from, xCell, steps, lane, w, bias, to, yCell, lanes, low, high);
            } else {
                one(from, steps, lane, w, bias, to, lanes, low, high);
            }
        }
    }

    private static void eight(
            long x,
            long xBytes,
            int[] steps,
            long lane,
            long w,
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
        for (int step = 0; step < steps.length; step++) {
            FloatVector weight = load(w + step * VECTOR_BYTES);
            IntVector own = integers(lane + step * VECTOR_BYTES);
            long at = x + steps[step];
            s0 = weight.fma(own.selectFrom(integers(at)).reinterpretAsFloats(), s0);
            s1 = weight.fma(own.selectFrom(integers(at + xBytes)).reinterpretAsFloats(), s1);
            s2 = weight.fma(own.selectFrom(integers(at + 2 * xBytes)).reinterpretAsFloats(), s2);
            s3 = weight.fma(own.selectFrom(integers(at + 3 * xBytes)).reinterpretAsFloats(), s3);
            s4 = weight.fma(own.selectFrom(integers(at + 4 * xBytes)).reinterpretAsFloats(), s4);
            s5 = weight.fma(own.selectFrom(integers(at + 5 * xBytes)).reinterpretAsFloats(), s5);
            s6 = weight.fma(own.selectFrom(integers(at + 6 * xBytes)).reinterpretAsFloats(), s6);
            s7 = weight.fma(own.selectFrom(integers(at + 7 * xBytes)).reinterpretAsFloats(), s7);
        }
        s0 = s0.add(addend);
        s1 = s1.add(addend);
        s2 = s2.add(addend);
        s3 = s3.add(addend);
        s4 = s4.add(addend);
        s5 = s5.add(addend);
        s6 = s6.add(addend);
        s7 = s7.add(addend);
        s0 = s0.blend(least, s0.compare(LE, least)).blend(most, s0.compare(GE, most));
        s1 = s1.blend(least, s1.compare(LE, least)).blend(most, s1.compare(GE, most));
        s2 = s2.blend(least, s2.compare(LE, least)).blend(most, s2.compare(GE, most));
        s3 = s3.blend(least, s3.compare(LE, least)).blend(most, s3.compare(GE, most));
        s4 = s4.blend(least, s4.compare(LE, least)).blend(most, s4.compare(GE, most));
        s5 = s5.blend(least, s5.compare(LE, least)).blend(most, s5.compare(GE, most));
        s6 = s6.blend(least, s6.compare(LE, least)).blend(most, s6.compare(GE, most));
        s7 = s7.blend(least, s7.compare(LE, least)).blend(most, s7.compare(GE, most));
        if (lanes == LANES) {
            s0.intoMemorySegment(ALL, y, ORDER);
            s1.intoMemorySegment(ALL, y + yBytes, ORDER);
            s2.intoMemorySegment(ALL, y + 2 * yBytes, ORDER);
            s3.intoMemorySegment(ALL, y + 3 * yBytes, ORDER);
            s4.intoMemorySegment(ALL, y + 4 * yBytes, ORDER);
            s5.intoMemorySegment(ALL, y + 5 * yBytes, ORDER);
            s6.intoMemorySegment(ALL, y + 6 * yBytes, ORDER);
            s7.intoMemorySegment(ALL, y + 7 * yBytes, ORDER);
        } else {
            s0.intoMemorySegment(ALL, y, ORDER, mask);
            s1.intoMemorySegment(ALL, y + yBytes, ORDER, mask);
            s2.intoMemorySegment(ALL, y + 2 * yBytes, ORDER, mask);
            s3.intoMemorySegment(ALL, y + 3 * yBytes, ORDER, mask);
            s4.intoMemorySegment(ALL, y + 4 * yBytes, ORDER, mask);
            s5.intoMemorySegment(ALL, y + 5 * yBytes, ORDER, mask);
            s6.intoMemorySegment(ALL, y + 6 * yBytes, ORDER, mask);
            s7.intoMemorySegment(ALL, y + 7 * yBytes, ORDER, mask);
        }
    }

    private static void four(
            long x,
            long xBytes,
            int[] steps,
            long lane,
            long w,
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
        for (int step = 0; step < steps.length; step++) {
            FloatVector weight = load(w + step * VECTOR_BYTES);
            IntVector own = integers(lane + step * VECTOR_BYTES);
            long at = x + steps[step];
            s0 = weight.fma(own.selectFrom(integers(at)).reinterpretAsFloats(), s0);
            s1 = weight.fma(own.selectFrom(integers(at + xBytes)).reinterpretAsFloats(), s1);
            s2 = weight.fma(own.selectFrom(integers(at + 2 * xBytes)).reinterpretAsFloats(), s2);
            s3 = weight.fma(own.selectFrom(integers(at + 3 * xBytes)).reinterpretAsFloats(), s3);
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
            long x, int[] steps, long lane, long w, long bias, long y, int lanes, float low, float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int step = 0; step < steps.length; step++) {
            IntVector own = integers(lane + step * VECTOR_BYTES);
            sum = load(w + step * VECTOR_BYTES)
                    .fma(own.selectFrom(integers(x + steps[step])).reinterpretAsFloats(), sum);
        }
        sum = sum.add(addend(bias, mask));
        sum.blend(least, sum.compare(LE, least))
                .blend(most, sum.compare(GE, most))
                .intoMemorySegment(ALL, y, ORDER, mask);
    }

    private static IntVector integers(long address) {
        return IntVector.fromMemorySegment(INTEGERS, ALL, address, ORDER);
    }
}
