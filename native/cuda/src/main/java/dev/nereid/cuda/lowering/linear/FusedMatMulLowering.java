package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.linear.FusedActivation;
import dev.nereid.models.operators.linear.FusedMatMul;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link FusedMatMul} on a device. */
final class FusedMatMulLowering implements DeviceLowering<FusedMatMul> {
    @Override
    public Optional<DeviceStep> step(FusedMatMul operator, Inference node, DeviceCapabilities capabilities) {
        Activation activation = FusedActivation.of(node.attributes());
        List<Integer> reads = IntStream.range(0, FusedMatMul.RESIDUAL + 1)
                .filter(node::has)
                .boxed()
                .toList();
        return Optional.of(DeviceStep.computing(reads, DeviceProducts::scratchBytes, run -> {
            DeviceTensor a = run.input(0);
            DeviceTensor b = run.input(1);
            DeviceTensor c = run.output(0);
            DeviceProduct product = DeviceProducts.with(
                    DeviceProducts.batched(a.shape(), b.shape()),
                    run.has(FusedMatMul.BIAS) ? run.input(FusedMatMul.BIAS).address() : 0,
                    activation,
                    run.has(FusedMatMul.RESIDUAL) ? DeviceProducts.residual(run.input(FusedMatMul.RESIDUAL), c) : 0);
            run.kernels().multiply(product, a.address(), b.address(), c.address(), run.scratch());
        }));
    }
}
