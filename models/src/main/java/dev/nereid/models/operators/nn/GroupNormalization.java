package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX GroupNormalization, and InstanceNormalization, whose groups are single channels: each group of channels of each
 * sample of x: [batch, channels, ...] is brought to a mean of 0 and a variance of 1, and each channel then multiplied
 * and shifted. Scale and bias have an element a channel, or (before opset 21) a group.
 *
 * @param single whether each channel is a group; else the attribute {@code num_groups} counts them
 */
public record GroupNormalization(boolean single) implements Operator {
    public static final int SCALE = 1;
    public static final int BIAS = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.dataType().isFloat() || (x.hasRank() && x.rank() < 2)) {
            throw new ModelFormatException(inference.node().operator() + " takes no input " + x);
        }
        if (x.hasRank() && single) {
            String what = "scale and bias: expected " + x.dim(1) + " numbers each";
            DimChecks.vector(inference, SCALE, what, x.dim(1));
            DimChecks.vector(inference, BIAS, what, x.dim(1));
        }
        long groups = inference.attributes().integer("num_groups", 1);
        if (groups < 1) {
            throw new ModelFormatException("attribute 'num_groups': expected at least 1, got " + groups);
        }
        if (x.hasRank() && x.dim(1).isKnown() && x.dim(1).value() % groups != 0) {
            throw new ModelFormatException(x.dim(1) + " channels do not make " + groups + " groups");
        }
        return List.of(x);
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        double epsilon = lowering.attributes().real("epsilon", 1e-5f);
        long groupsAttribute = lowering.attributes().integer("num_groups", 1);
        NormKernel norm = lowering.kernels().reduce().norm(type);
        ChannelAffine affine = new ChannelAffine(lowering.kernels().elementwise(), type);
        lowering.stepInPlace(0, run -> {
            int channels = Math.toIntExact(run.input(0).shape().dim(1));
            int groups = single ? channels : Math.toIntExact(groupsAttribute);
            if (channels == 0) {
                return;
            }
            if (groups < 1 || channels % groups != 0) {
                throw new IllegalArgumentException(channels + " channels do not make " + groups + " groups");
            }
            normalize(run, norm, affine, channels, groups, epsilon);
        });
    }

    private static void normalize(
            StepRun run, NormKernel norm, ChannelAffine affine, int channels, int groups, double epsilon) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        int batch = Math.toIntExact(shape.dim(0));
        int inner = Math.toIntExact(shape.elements(2, shape.rank()));
        int channelsOfGroup = channels / groups;
        MemorySegment statistics = run.scratch(16L * batch * groups);
        norm.statistics(x.segment(), 0, statistics, 0, batch * groups, channelsOfGroup * inner, epsilon);
        double[] scale = ChannelAffine.numbers(run.input(SCALE));
        double[] bias = ChannelAffine.numbers(run.input(BIAS));
        if ((scale.length != channels && scale.length != groups) || bias.length != scale.length) {
            throw new IllegalArgumentException(
                    "scale and bias: expected " + channels + " numbers each for an input of the " + "shape " + shape
                            + ", got " + scale.length + " and " + bias.length);
        }
        double[] factors = new double[batch * channels];
        double[] terms = new double[batch * channels];
        for (int i = 0; i < factors.length; i++) {
            int channel = i % channels;
            int own = scale.length == channels ? channel : channel / channelsOfGroup;
            long group = i / channelsOfGroup;
            double mean = statistics.get(ValueLayout.JAVA_DOUBLE, 16 * group);
            factors[i] = scale[own] * statistics.get(ValueLayout.JAVA_DOUBLE, 16 * group + 8);
            terms[i] = bias[own] - mean * factors[i];
        }
        affine.run(run, x, run.output(0), 1, inner, factors, terms);
    }
}
