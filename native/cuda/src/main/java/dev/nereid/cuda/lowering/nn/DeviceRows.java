package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceNorm;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;

/** Norms of rows on a device, and what follows them. */
final class DeviceRows {
    private DeviceRows() {}

    /** Whether a scale or bias has an element for each of x's from {@code axis} on, and need not be repeated. */
    static boolean spans(TensorType scale, TensorType x, int axis) {
        if (scale.dataType() != DataType.FP32 || !scale.hasRank()) {
            return false;
        }
        int row = x.rank() - axis;
        boolean spans = true;
        for (int i = 1; i <= Math.max(row, scale.rank()); i++) {
            Dim wanted = i <= row ? x.dim(-i) : Dim.of(1);
            Dim given = i <= scale.rank() ? scale.dim(-i) : Dim.of(1);
            spans &= given.equals(wanted);
        }
        return spans;
    }

    /** Rows of x from {@code axis} on; scale and bias, by their addresses, have an element for each of a row's. */
    static DeviceNorm norm(Shape x, int axis, float epsilon, long scale, long bias) {
        int extent = Math.toIntExact(x.elements(axis, x.rank()));
        int rows = Math.toIntExact(x.elements(0, axis));
        return new DeviceNorm(rows, extent, epsilon, scale, bias, 1, 0, 1);
    }

    /**
     * {@code y = x op numbers} where each of the numbers is for {@code inner} elements side by side, and they begin anew
     * after the last; y may be x.
     */
    static void apply(
            DeviceRun run, BinaryOp op, long x, long numbers, long y, DeviceTensor shape, int count, int inner) {
        long outer = count == 0 || inner == 0 ? 0 : shape.shape().elements() / ((long) count * inner);
        long[] dims = {outer, count, inner};
        BroadcastStrides operands =
                BroadcastStrides.of(dims, List.of(BroadcastStrides.dense(dims), new long[] {0, 1, 0}));
        run.kernels().elementwise().binary(op, DataType.FP32, x, numbers, y, operands);
    }
}
