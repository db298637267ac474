package dev.nereid.nativekernels;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteImage;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
import dev.nereid.kernels.quantized.Int8Filters;
import dev.nereid.kernels.quantized.Int8Panels;
import dev.nereid.kernels.quantized.Requantization;
import dev.nereid.kernels.quantized.RowSplit;
import dev.nereid.kernels.quantized.ZeroPoints;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Depthwise convolutions of bytes in C, straight from the image: it is not copied, whatever lies beyond its edges. Takes
 * the shapes that {@link FilterShape#isDepthwise} says yes to, and no others. Filters are laid out as {@code nereid.h} says,
 * followed by the int32 sum of each as stored.
 */
final class NativeDepthwise implements Int8ConvolutionKernels {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final int BLOCK = 64;
    private static final int QUAD = 4;

    /** Planes beside the filters: a zero point of -128 takes off more than a plane can hold. */
    private static final int MORE_PLANES = 2;

    private final ByteDepthwiseCalls calls;

    NativeDepthwise(ByteDepthwiseCalls calls) {
        this.calls = calls;
    }

    /** Where the bytes of filters lie. */
    private record Layout(int channels, int rows, int columns) {
        static Layout of(FilterShape shape) {
            long[] window = shape.window();
            int last = window.length - 1;
            return new Layout(shape.groups(), last == 0 ? 1 : (int) window[0], (int) window[last]);
        }

        int blocks() {
            return Math.ceilDiv(channels, BLOCK);
        }

        int quads() {
            return Math.ceilDiv(rows, QUAD);
        }

        long blockBytes() {
            return (long) columns * quads() * BLOCK * QUAD;
        }

        long planeBytes() {
            return blocks() * blockBytes();
        }

        /** The channel at a place; at least {@link #channels} where it is none. */
        int channel(int block, int place) {
            int first = Math.min(block * BLOCK, Math.max(0, channels - BLOCK));
            return first + place % 16 / 4 * 16 + place / 16 * 4 + place % 4;
        }

        long tap(int block, int place, int row, int column) {
            return block * blockBytes() + ((long) (column * quads() + row / QUAD) * BLOCK + place) * QUAD + row % QUAD;
        }
    }

    @Override
    public boolean prefersDepthwise() {
        return true;
    }

    @Override
    public long filterBytes(FilterShape shape) {
        return Layout.of(shape).planeBytes() + 4L * shape.outputs();
    }

    @Override
    public long filterScratchBytes(FilterShape shape) {
        return 0;
    }

    @Override
    public Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        Layout layout = Layout.of(shape);
        int taps = shape.windowElements();
        memory.fill((byte) 0);
        for (int block = 0; block < layout.blocks(); block++) {
            for (int place = 0; place < BLOCK; place++) {
                int channel = layout.channel(block, place);
                int sum = 0;
                for (int tap = 0; channel < shape.groups() && tap < taps; tap++) {
                    byte given = w.get(ValueLayout.JAVA_BYTE, (long) channel * taps + tap);
                    byte stored = (byte) (signed ? given : given ^ 0x80);
                    int row = tap / layout.columns();
                    memory.set(ValueLayout.JAVA_BYTE, layout.tap(block, place, row, tap % layout.columns()), stored);
                    sum += stored;
                }
                if (channel < shape.groups()) {
                    memory.set(INT, layout.planeBytes() + 4L * channel, sum);
                }
            }
        }
        return new Int8Filters(memory, signed, shape);
    }

    @Override
    public long scratchBytes(ByteWindows windows, FilterShape shape, Workers workers) {
        return sumBytes(shape) + MORE_PLANES * Layout.of(shape).planeBytes();
    }

    private static long sumBytes(FilterShape shape) {
        return Int8Panels.roundUp(4L * shape.groups(), 64);
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
        Layout layout = Layout.of(w.shape());
        int planes = planes(w, wZero);
        MemorySegment sums = planes == 1 ? w.memory().asSlice(layout.planeBytes()) : scratch;
        MemorySegment more = planes == 1 ? MemorySegment.NULL : scratch.asSlice(sumBytes(w.shape()));
        if (planes > 1) {
            writeSums(layout, w, wZero, sums);
            writePlanes(layout, w, wZero, more);
        }
        RowSplit.run(
                workers,
                Math.toIntExact(windows.axes() == 1 ? 1 : windows.output()[0]),
                (long) windows.positions() * w.shape().outputs() * w.shape().k(),
                (_, from, to) -> calls.convolve(
                        windows,
                        x,
                        w,
                        planes,
                        more,
                        sums,
                        Uint8Rows.storedZeroPoint(x.signed(), x.zeroPoint()),
                        requantization,
                        y,
                        from,
                        to));
    }

    /** How many planes the filters take with their zero points. */
    private static int planes(Int8Filters w, ZeroPoints zeros) {
        int planes = 1;
        for (int channel = 0; channel < (zeros.each().isPresent() ? w.shape().groups() : 1); channel++) {
            int own = storedZero(w, zeros, channel);
            planes = Math.max(planes, own == 0 ? 1 : own == Byte.MIN_VALUE ? 1 + MORE_PLANES : MORE_PLANES);
        }
        return planes;
    }

    private static int storedZero(Int8Filters w, ZeroPoints zeros, int channel) {
        int given = zeros.each().isPresent() ? zeros.each().get().get(INT, 4L * channel) : zeros.uniform();
        return Int8Panels.storedZeroPoint(w.signed(), given);
    }

    /** The sums of filters whose zero points are taken off each tap, modulo 2^32. */
    private static void writeSums(Layout layout, Int8Filters w, ZeroPoints zeros, MemorySegment sums) {
        int taps = layout.rows() * layout.columns();
        for (int channel = 0; channel < layout.channels(); channel++) {
            int stored = w.memory().get(INT, layout.planeBytes() + 4L * channel);
            sums.set(INT, 4L * channel, stored - taps * storedZero(w, zeros, channel));
        }
    }

    /** Planes that take the filters' zero points off each tap. */
    private static void writePlanes(Layout layout, Int8Filters w, ZeroPoints wZero, MemorySegment more) {
        more.asSlice(0, MORE_PLANES * layout.planeBytes()).fill((byte) 0);
        for (int place = 0; place < BLOCK * layout.blocks(); place++) {
            int channel = layout.channel(place / BLOCK, place % BLOCK);
            if (channel >= layout.channels()) {
                continue;
            }
            int off = -storedZero(w, wZero, channel);
            int first = Math.min(off, Byte.MAX_VALUE);
            for (int tap = 0; tap < layout.rows() * layout.columns(); tap++) {
                long at = layout.tap(place / BLOCK, place % BLOCK, tap / layout.columns(), tap % layout.columns());
                more.set(ValueLayout.JAVA_BYTE, at, (byte) first);
                more.set(ValueLayout.JAVA_BYTE, layout.planeBytes() + at, (byte) (off - first));
            }
        }
    }
}
