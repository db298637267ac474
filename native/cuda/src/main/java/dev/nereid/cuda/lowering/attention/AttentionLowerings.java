package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.operators.attention.Attention;
import dev.nereid.models.operators.attention.GroupQueryAttention;
import dev.nereid.models.operators.attention.MultiHeadAttention;
import dev.nereid.models.operators.attention.Normalization;
import dev.nereid.models.operators.attention.ProjectedAttention;
import dev.nereid.models.operators.attention.RotaryEmbedding;
import java.util.List;

/** The list of the operators of this family that devices have kernels for. */
public final class AttentionLowerings {
    private AttentionLowerings() {}

    public static List<LoweringEntry<?>> all() {
        return List.of(
                LoweringEntry.widening(
                        Attention.class, (_, node, capabilities) -> DeviceOnnxAttention.step(node, capabilities)),
                LoweringEntry.widening(
                        GroupQueryAttention.class,
                        (_, node, capabilities) -> DeviceGroupQuery.step(node, capabilities)),
                LoweringEntry.widening(MultiHeadAttention.class, DeviceMultiHead::step),
                LoweringEntry.widening(
                        Normalization.class,
                        (operator, node, capabilities) -> new DeviceNormalization(operator).step(node, capabilities)),
                LoweringEntry.widening(
                        ProjectedAttention.class,
                        (_, node, capabilities) -> DeviceProjectedAttention.step(node, capabilities)),
                LoweringEntry.widening(RotaryEmbedding.class, new RotaryEmbeddingLowering()));
    }
}
