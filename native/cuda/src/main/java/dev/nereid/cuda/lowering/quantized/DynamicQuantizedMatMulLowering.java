package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.DynamicQuantizedMatMul;
import dev.nereid.models.operators.quantized.QuantizationInputs;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link DynamicQuantizedMatMul} on a device. */
final class DynamicQuantizedMatMulLowering implements DeviceLowering<DynamicQuantizedMatMul> {
    private static final long ALIGNMENT = 256;

    @Override
    public Optional<DeviceStep> step(DynamicQuantizedMatMul operator, Inference node, DeviceCapabilities capabilities) {
        for (int first = 1; first < node.inputs(); first += DynamicQuantizedMatMul.INPUTS_PER_PRODUCT) {
            if (!DeviceQuantization.isByte(node, first) || node.type(first).rank() != 2) {
                return Optional.empty();
            }
        }
        int products = Math.ceilDiv(node.inputs() - 1, DynamicQuantizedMatMul.INPUTS_PER_PRODUCT);
        // Zero points of 0 are none: products without them may go to tensor cores.
        List<Integer> reads = IntStream.range(0, node.inputs())
                .filter(input -> input % DynamicQuantizedMatMul.INPUTS_PER_PRODUCT != 3
                        || !node.constant(input)
                                .map(DynamicQuantizedMatMulLowering::isZero)
                                .orElse(false))
                .boxed()
                .toList();
        return Optional.of(DeviceStep.computing(
                reads, run -> sumsAt(run) + sumsBytes(run, products), run -> runOnDevice(run, products)));
    }

    private static boolean isZero(Tensor zeroPoints) {
        return DynamicQuantizedMatMul.isUniform(zeroPoints) && QuantizationInputs.element(zeroPoints, 0) == 0;
    }

    /** Scratch memory: the range, the integers, and what a product needs. */
    private static long integersAt(DeviceRun run) {
        return DeviceRange.bytes(run, run.input(0).length());
    }

    private static long sumsAt(DeviceRun run) {
        return integersAt(run) + Math.ceilDiv(run.input(0).length(), ALIGNMENT) * ALIGNMENT;
    }

    private static long sumsBytes(DeviceRun run, int products) {
        long most = 0;
        for (int i = 0; i < products; i++) {
            Shape b =
                    run.input(1 + DynamicQuantizedMatMul.INPUTS_PER_PRODUCT * i).shape();
            int k = Math.toIntExact(b.dim(0));
            int n = Math.toIntExact(b.dim(1));
            most = Math.max(most, run.kernels().quantized().scaledBytes(rows(run.input(0), k), n, k));
        }
        return most;
    }

    private static void runOnDevice(DeviceRun run, int products) {
        DeviceTensor a = run.input(0);
        DeviceQuantized kernels = run.kernels().quantized();
        DeviceRange range = DeviceRange.of(run, a);
        long left = run.scratch() + integersAt(run);
        kernels.quantize(DataType.UINT8, a.address(), left, a.length(), range.scales());
        for (int i = 0; i < products; i++) {
            if (run.wants(i)) {
                int first = 1 + DynamicQuantizedMatMul.INPUTS_PER_PRODUCT * i;
                DeviceTensor b = run.input(first);
                int k = Math.toIntExact(b.shape().dim(0));
                int n = Math.toIntExact(b.shape().dim(1));
                DynamicQuantizedMatMul.checkRows(a.shape(), k);
                DeviceQuantized.Product product = new DeviceQuantized.Product(
                        rows(a, k),
                        n,
                        k,
                        left,
                        false,
                        range.zeroPoint(),
                        false,
                        b.address(),
                        b.dataType() == DataType.INT8,
                        run.has(first + 2) ? run.input(first + 2).address() : 0,
                        DeviceQuantization.each(run, first + 2, n));
                DeviceQuantized.Scaling scaling = new DeviceQuantized.Scaling(
                        range.scale(), run.input(first + 1).address(), DeviceQuantization.each(run, first + 1, n));
                long bias = DeviceQuantization.bias(run, first + 3, n);
                kernels.multiplyScaled(product, scaling, bias, run.output(i).address(), run.scratch() + sumsAt(run));
            }
        }
    }

    private static int rows(DeviceTensor a, int k) {
        return k == 0 ? 0 : a.length() / k;
    }
}
