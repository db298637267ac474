package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.quantized.IntegerProduct;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** Scales, zero points and products of integers on a device. */
final class DeviceQuantization {
    private DeviceQuantization() {}

    /** {@link DeviceQuantized#quantize}, or the way back. */
    @FunctionalInterface
    interface Conversion {
        void start(
                DeviceQuantized kernels, DataType integers, long x, long y, int length, DeviceQuantized.Scales scales);
    }

    /** The step of a node that maps the elements of input 0 one by one; empty where kernels do not know its scales. */
    static Optional<DeviceStep> conversion(
            Inference node, int scale, int zeroPoint, DataType integers, Conversion conversion) {
        if (!fits(node, scale, zeroPoint, integers)) {
            return Optional.empty();
        }
        long axis = node.attributes().integer("axis", 1);
        return Optional.of(DeviceStep.computing(List.of(0, scale, zeroPoint), run -> {
            DeviceTensor x = run.input(0);
            long y = run.output(0).address();
            DeviceQuantized.Scales scales = scales(run, scale, zeroPoint, axis);
            conversion.start(run.kernels().quantized(), integers, x.address(), y, x.length(), scales);
        }));
    }

    /** Whether kernels know the scales and the zero points of a node that maps elements one by one. */
    private static boolean fits(Inference node, int scale, int zeroPoint, DataType integers) {
        TensorType scales = node.type(scale);
        return scales.dataType() == DataType.FP32
                && scales.hasRank()
                && scales.rank() <= 1
                && node.attributes().integer("block_size", 0) == 0
                && (!node.has(zeroPoint) || node.type(zeroPoint).dataType() == integers);
    }

    /** Which elements of input 0 share a scale: all, or those of a channel. */
    private static DeviceQuantized.Scales scales(DeviceRun run, int scale, int zeroPoint, long axis) {
        Shape x = run.input(0).shape();
        DeviceTensor scales = run.input(scale);
        long zeros = run.has(zeroPoint) ? run.input(zeroPoint).address() : 0;
        if (scales.length() == 1) {
            return new DeviceQuantized.Scales(scales.address(), zeros, 1, 1);
        }
        int at = Math.toIntExact(axis < 0 ? axis + x.rank() : axis);
        if (at < 0 || at >= x.rank() || x.dim(at) != scales.length()) {
            throw new IllegalArgumentException(
                    scales.length() + " scales along axis " + axis + " of a tensor of the shape " + x);
        }
        int inner = Math.toIntExact(x.elements(at + 1, x.rank()));
        return new DeviceQuantized.Scales(scales.address(), zeros, scales.length(), inner);
    }

    /** Whether an operand is of integers of 8 bits. */
    static boolean isByte(Inference node, int input) {
        DataType type = node.type(input).dataType();
        return type == DataType.INT8 || type == DataType.UINT8;
    }

    /** Whether kernels know a product: a matrix on the right, zero points of at most one axis. */
    static boolean fits(Inference node, IntegerProduct.Inputs inputs) {
        return isByte(node, inputs.a())
                && isByte(node, inputs.b())
                && node.type(inputs.a()).rank() >= 2
                && node.type(inputs.b()).rank() == 2
                && (isOne(node, inputs.aZeroPoint()) || node.type(inputs.a()).rank() == 2)
                && isVector(node, inputs.aZeroPoint())
                && isVector(node, inputs.bZeroPoint());
    }

    /** Whether a scale or a zero point is one number. */
    static boolean isOne(Inference node, int input) {
        return !node.has(input)
                || node.type(input).dims().stream()
                        .allMatch(dims -> dims.stream().allMatch(dim -> dim.is(1)));
    }

    /** Whether a scale or a zero point is one number or one a row or column. */
    static boolean isVector(Inference node, int input) {
        return !node.has(input) || node.type(input).rank() <= 1;
    }

    /** The product; rows of several matrices on the left count as those of one. */
    static DeviceQuantized.Product product(DeviceRun run, IntegerProduct.Inputs inputs) {
        DeviceTensor a = run.input(inputs.a());
        DeviceTensor b = run.input(inputs.b());
        int m = Math.toIntExact(a.shape().elements(0, a.shape().rank() - 1));
        int k = Math.toIntExact(b.shape().dim(0));
        int n = Math.toIntExact(b.shape().dim(1));
        if (a.shape().dim(-1) != k) {
            throw new IllegalArgumentException("no product of " + a.shape() + " and " + b.shape());
        }
        return new DeviceQuantized.Product(
                m,
                n,
                k,
                a.address(),
                a.dataType() == DataType.INT8,
                address(run, inputs.aZeroPoint()),
                each(run, inputs.aZeroPoint(), m),
                b.address(),
                b.dataType() == DataType.INT8,
                address(run, inputs.bZeroPoint()),
                each(run, inputs.bZeroPoint(), n));
    }

    /** How the sums of a product are scaled; one scale on the left. */
    static DeviceQuantized.Scaling scaling(DeviceRun run, int aScale, int bScale, int n) {
        if (run.input(aScale).length() != 1) {
            throw new IllegalArgumentException("input " + aScale + ": expected a single number, got shape "
                    + run.input(aScale).shape());
        }
        return new DeviceQuantized.Scaling(
                run.input(aScale).address(), run.input(bScale).address(), each(run, bScale, n));
    }

    /** The address of a bias for every column; 0 where there is none. */
    static long bias(DeviceRun run, int input, int n) {
        if (run.has(input) && run.input(input).length() != n) {
            throw new IllegalArgumentException("input " + input + ": expected a bias for each of " + n
                    + " columns, got shape " + run.input(input).shape());
        }
        return address(run, input);
    }

    /** An input's address; 0 where there is none. */
    static long address(DeviceRun run, int input) {
        return run.has(input) ? run.input(input).address() : 0;
    }

    /** Whether an input has a number for each of {@code extent}, and not one for all. */
    static boolean each(DeviceRun run, int input, int extent) {
        if (!run.has(input) || run.input(input).length() == 1) {
            return false;
        }
        if (run.input(input).length() != extent) {
            throw new IllegalArgumentException("input " + input + ": expected one number or " + extent
                    + ", got the shape " + run.input(input).shape());
        }
        return true;
    }
}
