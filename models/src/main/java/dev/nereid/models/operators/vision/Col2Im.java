package dev.nereid.models.operators.vision;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Col2Im: an image from the blocks that a window sees; cells that are in several blocks add up.
 *
 * <p>x: [batch, channels * cells of a block, blocks]; image_shape: [axes]; block_shape: [axes]; y: [batch, channels,
 * image_shape...].
 */
final class Col2Im implements Operator {
    private static final int IMAGE = 1;
    private static final int BLOCK = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (x.hasRank() && x.rank() != 3) {
            throw new ModelFormatException("expected x: [batch, channels * cells of a block, blocks], got " + x);
        }
        Optional<List<Dim>> image = inference.content(IMAGE);
        if (image.isEmpty()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        Optional<Dim> cells = inference.content(BLOCK).map(Dim::product);
        List<Dim> dims = new ArrayList<>();
        dims.add(x.hasRank() ? x.dim(0) : inference.unknownDim());
        dims.add(
                x.hasRank() && cells.isPresent() && !cells.get().is(0)
                        ? x.dim(1).floorDivide(cells.get())
                        : inference.unknownDim());
        dims.addAll(image.get());
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        lowering.step(run -> collect(run, attributes));
    }

    private static void collect(StepRun run, Attributes attributes) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        Window window = WindowAttributes.of(attributes, numbers(run, BLOCK)).window(numbers(run, IMAGE));
        long channels = y.shape().dim(1);
        Shape expected = Shape.of(y.shape().dim(0), channels * window.taps(), window.outputs());
        if (!x.shape().equals(expected)) {
            throw new IllegalArgumentException("expected x: " + expected + " for an image of "
                    + Arrays.toString(window.input()) + " in blocks of " + Arrays.toString(window.kernel()) + ", got "
                    + x.shape());
        }
        RealElements columns = RealElements.of(run, x);
        long work = (long) window.taps() * window.outputs();
        Parallel.rows(run.workers(), y.shape().dim(0) * channels, 4 * work, x.dataType(), (from, length) -> {
            double[] image = new double[window.inputs()];
            for (long channel = from; channel < from + length; channel++) {
                Arrays.fill(image, 0);
                add(columns, channel * work, window, image);
                for (int cell = 0; cell < image.length; cell++) {
                    RealElements.set(y, channel * image.length + cell, image[cell]);
                }
            }
        });
    }

    private static int[] numbers(StepRun run, int input) {
        return Arrays.stream(IntegerTensors.read(run.input(input)).orElseThrow())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private static void add(RealElements columns, long first, Window window, double[] image) {
        int[] tap = new int[window.rank()];
        int[] at = new int[window.rank()];
        long column = first;
        for (int t = 0; t < window.taps(); t++) {
            for (int output = 0; output < window.outputs(); output++) {
                int cell = cell(window, at, tap);
                if (cell >= 0) {
                    image[cell] += columns.at(column);
                }
                column++;
                Odometer.next(at, window.output());
            }
            Odometer.next(tap, window.kernel());
        }
    }

    /** The cell that a tap of a block lies on; -1 in the padding. */
    private static int cell(Window window, int[] at, int[] tap) {
        int cell = 0;
        for (int axis = 0; axis < at.length; axis++) {
            int position = window.position(axis, at[axis], tap[axis]);
            if (position < 0 || position >= window.input()[axis]) {
                return -1;
            }
            cell = cell * window.input()[axis] + position;
        }
        return cell;
    }
}
