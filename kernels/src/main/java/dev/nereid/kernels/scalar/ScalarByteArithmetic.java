package dev.nereid.kernels.scalar;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteArithmeticKernels;
import dev.nereid.kernels.quantized.QuantizedBytes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Sums, products and pooling of quantised tensors by their definition. */
public final class ScalarByteArithmetic implements ByteArithmeticKernels {
    @Override
    public void add(long count, QuantizedBytes a, QuantizedBytes b, QuantizedBytes y, Workers workers) {
        float aSteps = a.scale() / y.scale();
        float bSteps = b.scale() / y.scale();
        for (long i = 0; i < count; i++) {
            set(y, i, Math.fma((float) centred(a, i), aSteps, centred(b, i) * bSteps));
        }
    }

    @Override
    public void multiply(long count, QuantizedBytes a, QuantizedBytes b, QuantizedBytes y, Workers workers) {
        float steps = a.scale() / y.scale() * b.scale();
        for (long i = 0; i < count; i++) {
            set(y, i, centred(a, i) * centred(b, i) * steps);
        }
    }

    @Override
    public long scratchBytes(Window window, int channels, Workers workers) {
        return 0;
    }

    /** Called for each input cell under the window of an output cell. */
    private interface Cell {
        void read(long input);
    }

    private static void forEachCell(Window window, int output, Cell cell) {
        Window two = window.inTwoAxes();
        int row = output / two.output()[1];
        int column = output % two.output()[1];
        for (int tap = 0; tap < two.taps(); tap++) {
            int atRow = two.position(0, row, tap / two.kernel()[1]);
            int atColumn = two.position(1, column, tap % two.kernel()[1]);
            if (atRow >= 0 && atRow < two.input()[0] && atColumn >= 0 && atColumn < two.input()[1]) {
                cell.read((long) atRow * two.input()[1] + atColumn);
            }
        }
    }

    @Override
    public void max(
            Window window,
            int batch,
            int channels,
            boolean signed,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        for (int output = 0; output < batch * window.outputs(); output++) {
            long item = (long) (output / window.outputs()) * window.inputs();
            for (int channel = 0; channel < channels; channel++) {
                int[] highest = {signed ? Byte.MIN_VALUE : 0};
                int own = channel;
                forEachCell(
                        window,
                        output % window.outputs(),
                        cell -> highest[0] = Math.max(highest[0], element(x, signed, (item + cell) * channels + own)));
                y.set(ValueLayout.JAVA_BYTE, (long) output * channels + channel, (byte) highest[0]);
            }
        }
    }

    @Override
    public void mean(
            Window window,
            int batch,
            int channels,
            QuantizedBytes x,
            int[] counts,
            QuantizedBytes y,
            MemorySegment scratch,
            Workers workers) {
        float steps = x.scale() / y.scale();
        for (int output = 0; output < batch * window.outputs(); output++) {
            int place = output % window.outputs();
            long item = (long) (output / window.outputs()) * window.inputs();
            for (int channel = 0; channel < channels; channel++) {
                int[] sum = {0};
                int own = channel;
                forEachCell(window, place, cell -> sum[0] += centred(x, (item + cell) * channels + own));
                set(y, (long) output * channels + channel, sum[0] * (steps / counts[place]));
            }
        }
    }

    private static int centred(QuantizedBytes bytes, long index) {
        return element(bytes.segment(), bytes.signed(), index) - bytes.zeroPoint();
    }

    private static int element(MemorySegment memory, boolean signed, long index) {
        byte element = memory.get(ValueLayout.JAVA_BYTE, index);
        return signed ? element : Byte.toUnsignedInt(element);
    }

    private static void set(QuantizedBytes y, long index, float steps) {
        double rounded = Math.rint((double) steps) + y.zeroPoint();
        byte saturated = (byte) Math.clamp(rounded, y.lowest(), y.lowest() + 255);
        y.segment().set(ValueLayout.JAVA_BYTE, index, saturated);
    }
}
