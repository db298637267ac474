package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * com.microsoft.NhwcMaxPool: the greatest number under a window, of bytes, with the channels last.
 *
 * <p>Input: x: [batch, spatial..., channels]. Output: y likewise. Attributes: those of ONNX MaxPool but storage_order.
 */
final class NhwcMaxPool implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.hasRank()) {
            return List.of(x);
        }
        WindowAttributes window = WindowAttributes.of(inference.attributes());
        if (x.rank() != window.rank() + 2) {
            throw new ModelFormatException(
                    "attribute 'kernel_shape': expected " + (x.rank() - 2) + " numbers, got " + window.rank());
        }
        return List.of(ChannelsLast.output(x, window, x.dim(-1)));
    }

    @Override
    public void lower(Lowering lowering) {
        boolean unsigned = lowering.type(0).dataType() == DataType.UINT8;
        WindowAttributes attributes = WindowAttributes.of(lowering.attributes());
        lowering.step(run -> pool(run, attributes, unsigned));
    }

    private static void pool(StepRun run, WindowAttributes attributes, boolean unsigned) {
        Shape shape = run.input(0).shape();
        MemorySegment x = run.input(0).segment();
        MemorySegment y = run.output(0).segment();
        Window window = attributes.window(ChannelsLast.spatial(shape));
        int channels = Math.toIntExact(shape.dim(-1));
        long cells = window.outputs();
        long work = (long) channels * window.taps();
        Parallel.rows(run.workers(), shape.dim(0) * cells, work, DataType.INT8, (from, rows) -> {
            int[] greatest = new int[channels];
            for (long row = from; row < from + rows; row++) {
                Arrays.fill(greatest, unsigned ? 0 : Byte.MIN_VALUE);
                for (int tap = 0; tap < window.taps(); tap++) {
                    long cell = cell(window, (int) (row % cells), tap);
                    if (cell >= 0) {
                        long at = (row / cells * window.inputs() + cell) * channels;
                        for (int channel = 0; channel < channels; channel++) {
                            byte value = x.get(ValueLayout.JAVA_BYTE, at + channel);
                            greatest[channel] = Math.max(greatest[channel], unsigned ? value & 0xff : value);
                        }
                    }
                }
                for (int channel = 0; channel < channels; channel++) {
                    y.set(ValueLayout.JAVA_BYTE, row * channels + channel, (byte) greatest[channel]);
                }
            }
        });
    }

    /** The cell of the input that a tap reads for a cell of the output; negative for padding. */
    private static long cell(Window window, int output, int tap) {
        long cell = 0;
        long stride = 1;
        for (int axis = window.rank() - 1; axis >= 0; axis--) {
            int position = output % window.output()[axis] * window.stride()[axis]
                    - window.padding()[axis]
                    + tap % window.kernel()[axis] * window.dilation()[axis];
            if (position < 0 || position >= window.input()[axis]) {
                return -1;
            }
            cell += position * stride;
            stride *= window.input()[axis];
            output /= window.output()[axis];
            tap /= window.kernel()[axis];
        }
        return cell;
    }
}
