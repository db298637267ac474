package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceElementwise;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.nn.BatchNormalization;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link BatchNormalization} on a device. */
final class BatchNormalizationLowering implements DeviceLowering<BatchNormalization> {
    @Override
    public Optional<DeviceStep> step(BatchNormalization operator, Inference node, DeviceCapabilities capabilities) {
        TensorType x = node.type(0);
        boolean training = node.attributes().integer("training_mode", 0) != 0
                || IntStream.rangeClosed(1, 4)
                        .anyMatch(output -> node.node().output(output).isPresent());
        Optional<Shape> shape = node.type(BatchNormalization.SCALE).shape();
        boolean fits = x.dataType() == DataType.FP32
                && x.rank() >= 2
                && shape.isPresent()
                && x.dim(1).is(shape.get().elements())
                && IntStream.rangeClosed(BatchNormalization.BIAS, BatchNormalization.VARIANCE)
                        .allMatch(input -> node.type(input).equals(node.type(BatchNormalization.SCALE)));
        if (training || !fits) {
            return Optional.empty();
        }
        int channels = Math.toIntExact(shape.get().elements());
        float epsilon = node.attributes().real("epsilon", 1e-5f);
        return Optional.of(DeviceStep.computing(
                List.of(
                        0,
                        BatchNormalization.SCALE,
                        BatchNormalization.BIAS,
                        BatchNormalization.MEAN,
                        BatchNormalization.VARIANCE),
                _ -> 2L * Float.BYTES * aligned(channels),
                run -> {
                    DeviceElementwise kernels = run.kernels().elementwise();
                    long factors = run.scratch();
                    long terms = factors + (long) Float.BYTES * aligned(channels);
                    long[] dims = {channels};
                    BroadcastStrides dense = BroadcastStrides.of(
                            dims, List.of(BroadcastStrides.dense(dims), BroadcastStrides.dense(dims)));
                    kernels.unary(
                            UnaryOp.AFFINE,
                            run.input(BatchNormalization.VARIANCE).address(),
                            factors,
                            channels,
                            1,
                            epsilon);
                    kernels.unary(UnaryOp.SQRT, factors, factors, channels, 0, 0);
                    kernels.binary(
                            BinaryOp.DIV,
                            DataType.FP32,
                            run.input(BatchNormalization.SCALE).address(),
                            factors,
                            factors,
                            dense);
                    kernels.binary(
                            BinaryOp.MUL,
                            DataType.FP32,
                            run.input(BatchNormalization.MEAN).address(),
                            factors,
                            terms,
                            dense);
                    kernels.binary(
                            BinaryOp.SUB,
                            DataType.FP32,
                            run.input(BatchNormalization.BIAS).address(),
                            terms,
                            terms,
                            dense);
                    DeviceTensor input = run.input(0);
                    int inner = Math.toIntExact(
                            input.shape().elements(2, input.shape().rank()));
                    long y = run.output(0).address();
                    DeviceRows.apply(run, BinaryOp.MUL, input.address(), factors, y, input, channels, inner);
                    DeviceRows.apply(run, BinaryOp.ADD, y, terms, y, input, channels, inner);
                }));
    }

    /** So many numbers that what follows them is aligned for kernels. */
    private static int aligned(int channels) {
        return Math.ceilDiv(channels, 64) * 64;
    }
}
