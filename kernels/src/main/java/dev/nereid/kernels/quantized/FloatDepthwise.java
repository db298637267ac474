package dev.nereid.kernels.quantized;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Depthwise convolutions of bytes by float multiply-adds, which are exact: a product of two bytes is below 2^16, and there
 * are at most 256 of them. Rows of the image become floats once, their zero point taken off, and stay in the cache while
 * windows move down over them. Takes the shapes that {@link FilterShape#isDepthwise} says yes to, and no others. Filters are
 * floats [window, channels].
 */
public final class FloatDepthwise implements Int8ConvolutionKernels {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long ALIGNMENT = 64;

    private final QuantizationKernels quantization;

    /** Convolutions whose sums {@code quantization} turns into bytes. */
    public FloatDepthwise(QuantizationKernels quantization) {
        this.quantization = quantization;
    }

    @Override
    public long filterBytes(FilterShape shape) {
        return 4L * shape.windowElements() * shape.groups();
    }

    @Override
    public long filterScratchBytes(FilterShape shape) {
        return 0;
    }

    @Override
    public Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        int taps = shape.windowElements();
        for (int channel = 0; channel < shape.groups(); channel++) {
            for (int tap = 0; tap < taps; tap++) {
                byte weight = w.get(ValueLayout.JAVA_BYTE, (long) channel * taps + tap);
                memory.set(
                        FLOAT,
                        4L * ((long) tap * shape.groups() + channel),
                        signed ? weight : Byte.toUnsignedInt(weight));
            }
        }
        return new Int8Filters(memory, signed, shape);
    }

    @Override
    public long scratchBytes(ByteWindows windows, FilterShape shape, Workers workers) {
        return aligned(filterBytes(shape)) + workers.count() * Rows.bytes(windows, shape);
    }

    @Override
    public void convolve(
            ByteWindows windows,
            ByteImage x,
            Int8Filters w,
            ZeroPoints wZero,
            Optional<Requantization> requantization,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        FilterShape shape = w.shape();
        MemorySegment weights = centred(w, wZero, scratch);
        MemorySegment rest = scratch.asSlice(aligned(filterBytes(shape)));
        int rows = Rows.outputs(windows);
        long cost = (long) windows.positions() * shape.groups() * shape.k();
        long line = windows.output()[windows.axes() - 1] * shape.groups();
        RowSplit.run(workers, rows, cost, (worker, from, to) -> {
            long bytes = Rows.bytes(windows, shape);
            Rows own = new Rows(windows, shape, x, rest.asSlice(worker * bytes, bytes));
            for (int row = from; row < to; row++) {
                MemorySegment sums = own.sums(row, weights);
                if (requantization.isEmpty()) {
                    MemorySegment.copy(sums, 0, y, 4 * line * row, 4 * line);
                    continue;
                }
                Requantization end = requantization.get();
                quantization.requantize(
                        Math.toIntExact(windows.output()[windows.axes() - 1]),
                        shape.groups(),
                        sums,
                        end.bias(),
                        end.multipliers(),
                        end.signed(),
                        end.zeroPoint(),
                        y.asSlice(line * row, line));
            }
        });
    }

    /** The filters without their zero points: they themselves, or a copy. */
    private static MemorySegment centred(Int8Filters w, ZeroPoints zeros, MemorySegment scratch) {
        if (zeros.each().isEmpty() && zeros.uniform() == 0) {
            return w.memory();
        }
        int channels = w.shape().groups();
        for (int tap = 0; tap < w.shape().windowElements(); tap++) {
            for (int channel = 0; channel < channels; channel++) {
                int zero = zeros.each().isPresent() ? zeros.each().get().get(INT, 4L * channel) : zeros.uniform();
                long at = 4L * ((long) tap * channels + channel);
                scratch.set(FLOAT, at, w.memory().get(FLOAT, at) - zero);
            }
        }
        return scratch;
    }

    private static long aligned(long bytes) {
        return Int8Panels.roundUp(bytes, ALIGNMENT);
    }

    /** Rows of an image as floats, as many as a window reaches over, and the sums of a row of outputs. */
    private static final class Rows {
        private final ByteWindows windows;
        private final FilterShape shape;
        private final ByteImage x;
        private final MemorySegment floats;
        private final MemorySegment sums;
        private final int tapRows;
        private final int tapColumns;
        private final long height;
        private final long width;
        private final long rowBytes;

        /** Which row of the image is in each place. */
        private final long[] held;

        /** Where what lies under the window of one output has its numbers and its weights. */
        private final long[] numbers;

        private final long[] weights;

        Rows(ByteWindows windows, FilterShape shape, ByteImage x, MemorySegment memory) {
            int last = windows.axes() - 1;
            this.windows = windows;
            this.shape = shape;
            this.x = x;
            this.tapRows = last == 0 ? 1 : (int) shape.window()[0];
            this.tapColumns = (int) shape.window()[last];
            this.height = last == 0 ? 1 : windows.input()[0];
            this.width = windows.input()[last];
            this.rowBytes = aligned(4 * width * shape.groups());
            this.held = new long[places(windows, shape)];
            Arrays.fill(held, -1);
            this.numbers = new long[shape.windowElements()];
            this.weights = new long[shape.windowElements()];
            this.floats = memory.asSlice(0, held.length * rowBytes);
            this.sums = memory.asSlice(held.length * rowBytes);
        }

        static long bytes(ByteWindows windows, FilterShape shape) {
            int last = windows.axes() - 1;
            return places(windows, shape) * aligned(4 * windows.input()[last] * shape.groups())
                    + aligned(4 * windows.output()[last] * shape.groups());
        }

        static int outputs(ByteWindows windows) {
            return windows.axes() == 1 ? 1 : Math.toIntExact(windows.output()[0]);
        }

        private static int places(ByteWindows windows, FilterShape shape) {
            return windows.axes() == 1 ? 1 : Math.toIntExact((shape.window()[0] - 1) * shape.dilations()[0] + 1);
        }

        /** The sums of a row of outputs: int32 [cells, channels], until the next call. */
        MemorySegment sums(int output, MemorySegment filters) {
            int last = windows.axes() - 1;
            long stride = last == 0 ? 1 : windows.strides()[0];
            long dilation = last == 0 ? 1 : windows.dilations()[0];
            long top = output * stride - (last == 0 ? 0 : windows.padding()[0]);
            long[] rows = new long[tapRows];
            for (int tap = 0; tap < tapRows; tap++) {
                long row = top + tap * dilation;
                rows[tap] = row < 0 || row >= height ? -1 : row(row);
            }
            int channels = shape.groups();
            for (long cell = 0; cell < windows.output()[last]; cell++) {
                long left = cell * windows.strides()[last] - windows.padding()[last];
                int count = 0;
                for (int tap = 0; tap < tapRows * tapColumns; tap++) {
                    long row = rows[tap / tapColumns];
                    long column = left + tap % tapColumns * windows.dilations()[last];
                    if (row >= 0 && column >= 0 && column < width) {
                        numbers[count] = row + 4 * column * channels;
                        weights[count] = filters.address() + 4L * tap * channels;
                        count++;
                    }
                }
                add(channels, count, numbers, weights, sums.address() + 4 * cell * channels);
            }
            return sums;
        }

        /** The address of a row of the image as floats. */
        private long row(long row) {
            int place = (int) (row % held.length);
            if (held[place] != row) {
                long length = width * shape.groups();
                VectorQuantizeLoops.dequantize(
                        length, x.signed(), x.segment(), row * length, 1, x.zeroPoint(), floats, place * rowBytes);
                held[place] = row;
            }
            return floats.address() + place * rowBytes;
        }
    }

    /** The sums of one output: numbers times weights, channel by channel. */
    private static void add(int channels, int taps, long[] numbers, long[] weights, long sums) {
        int channel = 0;
        for (; channel < FLOATS.loopBound(channels); channel += LANES) {
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int tap = 0; tap < taps; tap++) {
                FloatVector number = FloatVector.fromMemorySegment(FLOATS, ALL, numbers[tap] + 4L * channel, ORDER);
                FloatVector weight = FloatVector.fromMemorySegment(FLOATS, ALL, weights[tap] + 4L * channel, ORDER);
                sum = number.fma(weight, sum);
            }
            ((IntVector) sum.convert(VectorOperators.F2I, 0)).intoMemorySegment(ALL, sums + 4L * channel, ORDER);
        }
        for (; channel < channels; channel++) {
            float sum = 0;
            for (int tap = 0; tap < taps; tap++) {
                float number = ALL.get(FLOAT, numbers[tap] + 4L * channel);
                sum += number * ALL.get(FLOAT, weights[tap] + 4L * channel);
            }
            ALL.set(INT, sums + 4L * channel, (int) sum);
        }
    }
}
