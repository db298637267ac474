package dev.nereid.kernels.scalar;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteImage;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
import dev.nereid.kernels.quantized.Int8Filters;
import dev.nereid.kernels.quantized.Requantization;
import dev.nereid.kernels.quantized.ZeroPoints;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Convolutions of bytes by their definition. Filters are stored as they come. */
public final class ScalarInt8Convolution implements Int8ConvolutionKernels {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Plain loops over floats are no faster. */
    @Override
    public boolean prefersDepthwise() {
        return true;
    }

    @Override
    public long filterBytes(FilterShape shape) {
        return (long) shape.outputs() * shape.k();
    }

    @Override
    public long filterScratchBytes(FilterShape shape) {
        return 0;
    }

    @Override
    public Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        MemorySegment.copy(w, 0, memory, 0, filterBytes(shape));
        return new Int8Filters(memory, signed, shape);
    }

    @Override
    public long scratchBytes(ByteWindows windows, FilterShape shape, Workers workers) {
        return 0;
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
        int outputs = w.shape().outputs();
        int positions = windows.positions();
        long[] at = new long[windows.axes()];
        for (long position = 0; position < positions; position++) {
            for (int output = 0; output < outputs; output++) {
                int sum = sum(windows, x, w, wZero, at, output);
                long to = position * outputs + output;
                if (requantization.isPresent()) {
                    y.set(ValueLayout.JAVA_BYTE, to, quantized(sum, requantization.get(), output));
                } else {
                    y.set(INT, 4 * to, sum);
                }
            }
            ByteWindows.advance(at, windows.output());
        }
    }

    private static int sum(ByteWindows windows, ByteImage x, Int8Filters w, ZeroPoints wZero, long[] at, int output) {
        FilterShape shape = w.shape();
        int elements = shape.windowElements();
        int group = output / shape.groupOutputs();
        int zero = wZero.each().isPresent() ? wZero.each().get().get(INT, 4L * output) : wZero.uniform();
        long[] in = new long[windows.axes()];
        int sum = 0;
        for (int element = 0; element < elements; element++) {
            long position = windows.inputPosition(at, in);
            for (int channel = 0; channel < shape.channels() && position >= 0; channel++) {
                long from = position * shape.allChannels() + (long) group * shape.channels() + channel;
                long filter = ((long) output * shape.channels() + channel) * elements + element;
                sum += (element(x.segment(), x.signed(), from) - x.zeroPoint())
                        * (element(w.memory(), w.signed(), filter) - zero);
            }
            ByteWindows.advance(in, windows.window());
        }
        return sum;
    }

    private static byte quantized(int sum, Requantization to, int output) {
        float value = (sum + to.bias().get(INT, 4L * output)) * to.multipliers().get(FLOAT, 4L * output);
        double rounded = Float.isNaN(value) ? 0 : Math.rint(value);
        return (byte) Math.clamp(rounded + to.zeroPoint(), to.lowest(), to.lowest() + 255);
    }

    private static int element(MemorySegment memory, boolean signed, long index) {
        byte element = memory.get(ValueLayout.JAVA_BYTE, index);
        return signed ? element : Byte.toUnsignedInt(element);
    }
}
