package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.elementwise.BroadcastBeforeOpset7;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Operands that broadcast to a result, on a device. */
public final class DeviceBroadcast {
    /** Starts a kernel of two operands; these and the result by their addresses. */
    @FunctionalInterface
    interface Start {
        void run(DeviceRun run, long x, long y, long z, BroadcastStrides operands);
    }

    private DeviceBroadcast() {}

    /** Whether kernels take so many axes. */
    static boolean fits(Inference node) {
        return BroadcastBeforeOpset7.right(node).rank() <= BroadcastStrides.MOST_DIMS
                && node.type(0).rank() <= BroadcastStrides.MOST_DIMS;
    }

    /** Whether a chain may have the node for a part: operands of FP32, in today's broadcasting. */
    static boolean chains(Inference node) {
        return node.type(0).dataType() == DataType.FP32
                && BroadcastBeforeOpset7.right(node).equals(node.type(1));
    }

    /** The step of a node whose inputs 0 and 1 are the operands. */
    static DeviceStep step(Inference node, Start start) {
        return DeviceStep.computing(List.of(0, 1), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor y = run.input(1);
            Shape right = BroadcastBeforeOpset7.right(node, x.shape(), y.shape());
            DeviceTensor z = run.output(0);
            start.run(run, x.address(), y.address(), z.address(), operands(z.shape(), x.shape(), right));
        });
    }

    /**
     * How operands of these shapes lie under a result.
     *
     * @throws IllegalArgumentException if one of them does not broadcast to it
     */
    public static BroadcastStrides operands(Shape result, Shape... operands) {
        List<long[]> strides = new ArrayList<>();
        for (Shape operand : operands) {
            int missing = result.rank() - operand.rank();
            for (int axis = 0; axis < operand.rank(); axis++) {
                long dim = operand.dim(axis);
                if (missing < 0 || (dim != 1 && dim != result.dim(axis + missing))) {
                    throw new IllegalArgumentException("the shape " + operand + " does not broadcast to " + result);
                }
            }
            strides.add(BroadcastStrides.broadcast(operand.dims(), result.dims()));
        }
        return BroadcastStrides.of(result.dims(), strides);
    }
}
