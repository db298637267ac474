package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * ONNX BatchNormalization: {@code y = (x - mean) / sqrt(variance + epsilon) * scale + bias}, each with an element a
 * channel. x: [batch, channels, ...], or [batch] with one channel. Mean and variance are inputs, or in training mode the batch's own, of which the
 * other outputs then keep running averages.
 */
public final class BatchNormalization implements Operator {
    public static final int SCALE = 1;
    public static final int BIAS = 2;
    public static final int MEAN = 3;
    public static final int VARIANCE = 4;

    /** The first opset in which an attribute, and not the number of outputs, asks for training. */
    private static final int TRAINING_MODE_OPSET = 14;

    @SuppressWarnings("ArrayRecordComponent")
    private record Moments(double[] means, double[] variances) {}

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.dataType().isFloat()) {
            throw new ModelFormatException("BatchNormalization takes no elements of " + x.dataType());
        }
        // Of old opsets there may be a number for each place.
        boolean channels = inference.attributes().integer("spatial", 1) != 0;
        if (channels && x.hasRank() && x.rank() >= 2) {
            for (int input = SCALE; input <= VARIANCE; input++) {
                String what = "input " + input + ": expected " + x.dim(1) + " numbers each";
                DimChecks.vector(inference, input, what, x.dim(1));
            }
        }
        List<TensorType> types = new ArrayList<>(List.of(x));
        for (int output = 1; output < inference.node().outputs().size(); output++) {
            types.add(inference.type(MEAN));
        }
        return types.stream().toList();
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        double epsilon = lowering.attributes().real("epsilon", 1e-5f);
        ChannelAffine affine = new ChannelAffine(lowering.kernels().elementwise(), type);
        if (lowering.attributes().integer("training_mode", 0) != 0 || namesStatistics(lowering)) {
            double momentum = lowering.attributes().real("momentum", 0.9f);
            NormKernel norm = lowering.kernels().reduce().norm(type);
            lowering.step(run -> {
                Moments moments = moments(run, norm);
                normalize(run, affine, moments, epsilon);
                keepAverage(run, 1, MEAN, moments.means(), momentum);
                keepAverage(run, 2, VARIANCE, moments.variances(), momentum);
                keep(run, 3, moments.means());
                keep(run, 4, moments.variances());
            });
        } else {
            lowering.stepInPlace(
                    0,
                    run -> normalize(
                            run,
                            affine,
                            new Moments(
                                    ChannelAffine.numbers(run.input(MEAN)), ChannelAffine.numbers(run.input(VARIANCE))),
                            epsilon));
        }
    }

    /** Of old opsets a node that names further outputs is one of training, whether anybody reads them or not. */
    private static boolean namesStatistics(Lowering lowering) {
        return lowering.opset() < TRAINING_MODE_OPSET
                && IntStream.rangeClosed(1, 4)
                        .anyMatch(output -> lowering.node().output(output).isPresent());
    }

    private static void normalize(StepRun run, ChannelAffine affine, Moments moments, double epsilon) {
        Shape shape = run.input(0).shape();
        double[] scale = ChannelAffine.numbers(run.input(SCALE));
        double[] shift = ChannelAffine.numbers(run.input(BIAS));
        checkSizes(shape, scale.length, shift.length, moments.means().length, moments.variances().length);
        for (int c = 0; c < scale.length; c++) {
            scale[c] /= Math.sqrt(moments.variances()[c] + epsilon);
            shift[c] -= moments.means()[c] * scale[c];
        }
        // With the attribute spatial 0, of old opsets, every place of a channel is a channel of its own.
        long batch = shape.rank() == 0 ? 1 : shape.dim(0);
        long inner = shape.elements() / Math.max(1, batch * scale.length);
        affine.run(run, run.input(0), run.output(0), batch, Math.toIntExact(inner), scale, shift);
    }

    /** Checks that there are as many numbers of each kind as channels, or, of old opsets, as places of a sample. */
    private static void checkSizes(Shape x, long... sizes) {
        long channels = x.rank() < 2 ? 1 : x.dim(1);
        long places = x.rank() < 2 ? 1 : x.elements(1, x.rank());
        for (long size : sizes) {
            if (size != sizes[0] || (size != channels && size != places)) {
                throw new IllegalArgumentException("scale, bias, mean and variance: expected " + channels
                        + " numbers each for an input of the shape " + x + ", got " + Arrays.toString(sizes));
            }
        }
    }

    /** Mean and variance of each channel, from those of its rows. */
    private static Moments moments(StepRun run, NormKernel norm) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        boolean vector = shape.rank() < 2;
        int channels = vector ? 1 : Math.toIntExact(shape.dim(1));
        int rows = Math.toIntExact(shape.dim(0) * channels);
        int columns = vector ? 1 : Math.toIntExact(shape.elements(2, shape.rank()));
        MemorySegment statistics = run.scratch(16L * rows);
        norm.statistics(x.segment(), 0, statistics, 0, rows, columns, 0);
        double[] means = new double[channels];
        double[] variances = new double[channels];
        for (int row = 0; row < rows; row++) {
            means[row % channels] += statistics.get(ValueLayout.JAVA_DOUBLE, 16L * row) / shape.dim(0);
        }
        for (int row = 0; row < rows; row++) {
            double difference = statistics.get(ValueLayout.JAVA_DOUBLE, 16L * row) - means[row % channels];
            double inverse = statistics.get(ValueLayout.JAVA_DOUBLE, 16L * row + 8);
            variances[row % channels] += (difference * difference + 1 / (inverse * inverse)) / shape.dim(0);
        }
        return new Moments(means, variances);
    }

    /** The batch's own numbers, which old opsets gave for the way back of training. */
    private static void keep(StepRun run, int output, double[] batch) {
        for (int c = 0; run.wants(output) && c < batch.length; c++) {
            RealNumbers.set(run.output(output), c, batch[c]);
        }
    }

    private static void keepAverage(StepRun run, int output, int input, double[] batch, double momentum) {
        if (!run.wants(output)) {
            return;
        }
        Tensor average = run.output(output);
        for (int c = 0; c < batch.length; c++) {
            double value = RealNumbers.at(run.input(input), c) * momentum + batch[c] * (1 - momentum);
            RealNumbers.set(average, c, value);
        }
    }
}
