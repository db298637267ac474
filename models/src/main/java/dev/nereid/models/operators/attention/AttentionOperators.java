package dev.nereid.models.operators.attention;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.models.operators.attention.FlexAttention.Part;
import dev.nereid.tensor.DataType;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The list of the operators of attention. */
public final class AttentionOperators {
    private static final String MICROSOFT = "com.microsoft";

    /** The domain of operators that only passes emit. */
    private static final String FUSED = "dev.nereid";

    private static final Set<DataType> INT64 = Set.of(DataType.INT64);

    private AttentionOperators() {}

    /** Every operator of attention with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("Attention", 23, new Attention())
                        .taking(0, DataTypes.FLOATS)
                        .taking(1, DataTypes.FLOATS)
                        .taking(2, DataTypes.FLOATS)
                        .taking(3, masks())
                        .taking(4, DataTypes.FLOATS)
                        .taking(5, DataTypes.FLOATS)
                        .taking(6, INT64),
                Entry.of("RotaryEmbedding", 23, RotaryEmbedding.ONNX)
                        .taking(0, DataTypes.FLOATS)
                        .taking(1, DataTypes.FLOATS)
                        .taking(2, DataTypes.FLOATS)
                        .taking(3, DataTypes.INDICES),
                Entry.of("TensorScatter", 24, new TensorScatter())
                        .taking(fixedSize())
                        .taking(2, DataTypes.INDICES),
                Entry.of("SwiGLU", 28, GatedActivation.SWISH).taking(DataTypes.FLOATS),
                Entry.of("GeGLU", 28, GatedActivation.GELU).taking(DataTypes.FLOATS),
                linearAttention(Entry.of("LinearAttention", 27, new LinearAttention())),
                linearAttention(Entry.of(MICROSOFT, "LinearAttention", 1, new LinearAttention())),
                causalConv(Entry.of("CausalConvWithState", 27, new CausalConvWithState())),
                causalConv(Entry.of(MICROSOFT, "CausalConvWithState", 1, new CausalConvWithState())),
                flexAttention(Entry.of("ai.onnx.preview", "FlexAttention", 1, new FlexAttention(Part.WHOLE)), 3),
                flexAttention(Entry.of(FUSED, "FlexAttentionScores", 1, new FlexAttention(Part.SCORES)), 2),
                flexAttention(Entry.of(FUSED, "FlexAttentionValues", 1, new FlexAttention(Part.VALUES)), 2));
    }

    private static Entry linearAttention(Entry row) {
        for (int input = 0; input <= LinearAttention.ERASE; input++) {
            row = row.taking(input, DataTypes.FLOATS);
        }
        return row;
    }

    private static Entry causalConv(Entry row) {
        return row.taking(0, DataTypes.FLOATS)
                .taking(1, DataTypes.FLOATS)
                .taking(2, DataTypes.FLOATS)
                .taking(3, DataTypes.FLOATS);
    }

    private static Entry flexAttention(Entry row, int inputs) {
        for (int input = 0; input < inputs; input++) {
            row = row.taking(input, DataTypes.FLOATS);
        }
        return row;
    }

    private static Set<DataType> fixedSize() {
        Set<DataType> types = EnumSet.allOf(DataType.class);
        types.remove(DataType.STRING);
        return types;
    }

    private static Set<DataType> masks() {
        Set<DataType> masks = new HashSet<>(DataTypes.NUMBERS);
        masks.addAll(DataTypes.BOOLS);
        return masks;
    }
}
