package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import java.util.List;

/** Elements moved on a device. */
final class DeviceMoves {
    private DeviceMoves() {}

    /** Whether kernels move the elements of input 0 along so many axes. */
    static boolean fits(Inference node, DeviceCapabilities capabilities, int rank) {
        return capabilities.moves(node.type(0).dataType().bytes()) && rank <= BroadcastStrides.MOST_DIMS;
    }

    /** Copies a box; strides and starts in elements. */
    static void copy(
            DeviceRun run,
            long[] dims,
            DeviceTensor x,
            long xStart,
            long[] xStrides,
            DeviceTensor y,
            long yStart,
            long[] yStrides) {
        int bytes = x.dataType().bytes();
        run.kernels()
                .copy(
                        bytes,
                        x.address(),
                        xStart,
                        y.address(),
                        yStart,
                        BroadcastStrides.of(dims, List.of(xStrides, yStrides)));
    }
}
