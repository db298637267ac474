package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.MatMulIntegerToFloat;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** {@link MatMulIntegerToFloat} on a device. */
final class MatMulIntegerToFloatLowering implements DeviceLowering<MatMulIntegerToFloat> {
    @Override
    public Optional<DeviceStep> step(MatMulIntegerToFloat operator, Inference node, DeviceCapabilities capabilities) {
        boolean fits = DeviceQuantization.fits(node, MatMulIntegerToFloat.INPUTS)
                && node.type(MatMulIntegerToFloat.A_SCALE).dataType() == DataType.FP32
                && node.type(MatMulIntegerToFloat.B_SCALE).dataType() == DataType.FP32;
        if (!fits) {
            return Optional.empty();
        }
        List<Integer> reads = List.of(
                0,
                MatMulIntegerToFloat.B,
                MatMulIntegerToFloat.A_SCALE,
                MatMulIntegerToFloat.B_SCALE,
                4,
                5,
                MatMulIntegerToFloat.BIAS);
        return Optional.of(DeviceStep.computing(reads, MatMulIntegerToFloatLowering::scratchBytes, run -> {
            DeviceQuantized.Product product = DeviceQuantization.product(run, MatMulIntegerToFloat.INPUTS);
            run.kernels()
                    .quantized()
                    .multiplyScaled(
                            product,
                            DeviceQuantization.scaling(
                                    run, MatMulIntegerToFloat.A_SCALE, MatMulIntegerToFloat.B_SCALE, product.n()),
                            DeviceQuantization.bias(run, MatMulIntegerToFloat.BIAS, product.n()),
                            run.output(0).address(),
                            run.scratch());
        }));
    }

    private static long scratchBytes(DeviceRun run) {
        Shape a = run.input(0).shape();
        Shape b = run.input(MatMulIntegerToFloat.B).shape();
        int rows = Math.toIntExact(a.elements(0, a.rank() - 1));
        return run.kernels().quantized().scaledBytes(rows, Math.toIntExact(b.dim(1)), Math.toIntExact(b.dim(0)));
    }
}
