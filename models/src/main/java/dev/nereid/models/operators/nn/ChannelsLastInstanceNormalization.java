package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.ColumnNormKernel;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * dev.nereid.ChannelsLastInstanceNormalization, which passes emit: ONNX InstanceNormalization of x: [batch, spatial...,
 * channels] of {@code FP32}, with scale and bias: [channels].
 */
final class ChannelsLastInstanceNormalization implements Operator {
    private static final int SCALE = 1;
    private static final int BIAS = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        ColumnNormKernel norm = lowering.kernels().reduce().columnNorm();
        float epsilon = lowering.attributes().real("epsilon", 1e-5f);
        lowering.stepInPlace(0, run -> normalize(norm, epsilon, run));
    }

    private static void normalize(ColumnNormKernel norm, float epsilon, StepRun run) {
        Shape x = run.input(0).shape();
        int batch = Math.toIntExact(x.dim(0));
        int cells = Math.toIntExact(x.elements(1, x.rank() - 1));
        int channels = Math.toIntExact(x.dim(-1));
        Shape expected = Shape.of(channels);
        if (!run.input(SCALE).shape().equals(expected)
                || !run.input(BIAS).shape().equals(expected)) {
            throw new IllegalArgumentException("InstanceNormalization of " + channels + " channels has scales "
                    + run.input(SCALE).shape() + " and biases "
                    + run.input(BIAS).shape());
        }
        MemorySegment scratch = run.scratch(norm.scratchBytes(batch, cells, channels));
        norm.run(
                batch,
                cells,
                channels,
                run.input(0).segment(),
                run.input(SCALE).segment(),
                run.input(BIAS).segment(),
                epsilon,
                run.output(0).segment(),
                scratch,
                run.workers());
    }
}
