package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.device.DeviceAttention;
import dev.nereid.cuda.device.DeviceAttentionWindow;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.linear.AttentionLayout;
import dev.nereid.models.operators.linear.FusedAttention;
import dev.nereid.tensor.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@link FusedAttention} on a device. */
final class FusedAttentionLowering implements DeviceLowering<FusedAttention> {
    @Override
    public Optional<DeviceStep> step(FusedAttention operator, Inference node, DeviceCapabilities capabilities) {
        AttentionLayout layout = AttentionLayout.of(node.attributes());
        float scale = node.attributes().real("scale", 1f);
        if (!layout.fits(node, capabilities.mostHeadSize())) {
            return Optional.empty();
        }
        DataType type = node.type(0).dataType();
        List<Integer> reads = node.has(FusedAttention.MASK) ? List.of(0, 1, 2, FusedAttention.MASK) : List.of(0, 1, 2);
        return Optional.of(DeviceStep.computing(reads, run -> {
            AttentionShape shape = layout.shape(
                    run.input(0).shape(), run.input(1).shape(), run.input(2).shape());
            int[] mask = run.has(FusedAttention.MASK)
                    ? Arrays.stream(FusedAttention.maskStrides(
                                    run.input(FusedAttention.MASK).shape(), shape))
                            .mapToInt(Math::toIntExact)
                            .toArray()
                    : new int[FusedAttention.MASK + 1];
            attend(run, type, operands(layout, shape, scale, mask));
        }));
    }

    /** How the device finds the operands of a node that fits. */
    private static DeviceAttention operands(
            AttentionLayout layout, AttentionShape shape, float scale, int[] maskStrides) {
        return new DeviceAttention(
                shape,
                scale,
                layout.q().strides(shape.queries(), layout.heads(), shape.size()),
                layout.k().strides(shape.keys(), layout.keyHeads(), shape.size()),
                layout.v().strides(shape.keys(), layout.valueHeads(), shape.valueSize()),
                layout.y().strides(shape.queries(), layout.heads(), shape.valueSize()),
                maskStrides,
                layout.keySharing(),
                layout.valueSharing(),
                DeviceAttentionWindow.ALL);
    }

    private static void attend(DeviceRun run, DataType type, DeviceAttention attention) {
        long q = run.input(0).address();
        long k = run.input(1).address();
        long v = run.input(2).address();
        long mask =
                run.has(FusedAttention.MASK) ? run.input(FusedAttention.MASK).address() : 0;
        long y = run.output(0).address();
        if (type == DataType.FP32) {
            run.kernels().attend(attention, q, k, v, mask, y);
        } else {
            run.kernels().attendHalf(type, attention, q, k, v, mask, y);
        }
    }
}
