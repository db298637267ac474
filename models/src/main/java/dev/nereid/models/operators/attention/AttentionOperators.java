package dev.nereid.models.operators.attention;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.models.operators.attention.FlexAttention.Part;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The list of the operators of attention. */
public final class AttentionOperators {
    private static final String MICROSOFT = "com.microsoft";

    /** The domain of operators that only passes emit. */
    private static final String FUSED = "dev.nereid";

    private static final Set<DataType> INT32 = Set.of(DataType.INT32);
    private static final Set<DataType> INT64 = Set.of(DataType.INT64);

    private AttentionOperators() {}

    /** Every operator of attention with its versions. */
    public static List<Entry> all() {
        List<Entry> all = new ArrayList<>(onnx());
        all.addAll(microsoft());
        return all;
    }

    private static List<Entry> microsoft() {
        return List.of(
                floats(Entry.of(MICROSOFT, "RotaryEmbedding", 1, RotaryEmbedding.MICROSOFT), 0, 2, 3)
                        .taking(1, INT64),
                floats(Entry.of(MICROSOFT, "Attention", 1, new ProjectedAttention()), 0, 1, 2, 4, 5)
                        .taking(3, INT32)
                        .taking(6, INT32)
                        .noting("masks of four axes are not supported"),
                floats(Entry.of(MICROSOFT, "DecoderMaskedSelfAttention", 1, new ProjectedAttention()), 0, 1, 2, 4, 5)
                        .taking(3, INT32)
                        .taking(6, INT32)
                        .noting("beam search is not supported"),
                floats(Entry.of(MICROSOFT, "MultiHeadAttention", 1, MultiHeadAttention.PLAIN), 0, 1, 2, 3, 5, 6, 7)
                        .taking(4, INT32)
                        .taking(8, INT32)
                        .noting("cache_indirection is not supported"),
                floats(
                                Entry.of(MICROSOFT, "DecoderMaskedMultiHeadAttention", 1, MultiHeadAttention.DECODER),
                                0,
                                1,
                                2,
                                4,
                                5,
                                6,
                                10)
                        .taking(3, INT32)
                        .taking(7, INT32)
                        .noting("beam search is not supported"),
                floats(
                                Entry.of(MICROSOFT, "GroupQueryAttention", 1, new GroupQueryAttention()),
                                0,
                                1,
                                2,
                                7,
                                8,
                                10,
                                11,
                                12,
                                13,
                                14,
                                15)
                        .taking(3, caches())
                        .taking(4, caches())
                        .taking(5, INT32)
                        .taking(6, INT32)
                        .taking(9, INT64)
                        .noting("caches of 8 bit floats and caches that drop tokens are not supported"),
                floats(Entry.of(MICROSOFT, "SkipLayerNormalization", 1, Normalization.SKIP), 0, 1, 2, 3, 4),
                floats(
                        Entry.of(MICROSOFT, "SkipSimplifiedLayerNormalization", 1, Normalization.SKIP_SIMPLIFIED),
                        0,
                        1,
                        2,
                        3),
                floats(Entry.of("SimplifiedLayerNormalization", 1, Normalization.SIMPLIFIED), 0, 1),
                floats(Entry.of(MICROSOFT, "SimplifiedLayerNormalization", 1, Normalization.SIMPLIFIED), 0, 1),
                floats(Entry.of(MICROSOFT, "EmbedLayerNormalization", 1, new EmbedLayerNormalization()), 2, 3, 4, 5, 6)
                        .taking(0, INT32)
                        .taking(1, INT32)
                        .taking(7, INT32)
                        .taking(8, INT32));
    }

    private static Entry floats(Entry row, int... inputs) {
        Entry result = row;
        for (int input : inputs) {
            result = result.taking(input, DataTypes.FLOATS);
        }
        return result;
    }

    private static List<Entry> onnx() {
        return List.of(
                floats(Entry.of("Attention", 23, new Attention()), 0, 1, 2, 4, 5)
                        .taking(3, masks())
                        .taking(6, INT64),
                floats(Entry.of("RotaryEmbedding", 23, RotaryEmbedding.ONNX), 0, 1, 2)
                        .taking(3, INT64),
                Entry.of("TensorScatter", 24, new TensorScatter())
                        .taking(fixedSize())
                        .taking(2, DataTypes.INDICES)
                        .noting("strings are not taken"),
                Entry.of("SwiGLU", 28, GatedActivation.SWISH).taking(DataTypes.FLOATS),
                Entry.of("GeGLU", 28, GatedActivation.GELU).taking(DataTypes.FLOATS),
                floats(Entry.of("LinearAttention", 27, new LinearAttention()), 0, 1, 2, 3, 4, 5, 6),
                floats(Entry.of(MICROSOFT, "LinearAttention", 1, new LinearAttention()), 0, 1, 2, 3, 4, 5, 6),
                floats(Entry.of("CausalConvWithState", 27, new CausalConvWithState()), 0, 1, 2, 3),
                floats(Entry.of(MICROSOFT, "CausalConvWithState", 1, new CausalConvWithState()), 0, 1, 2, 3),
                floats(Entry.of("ai.onnx.preview", "FlexAttention", 1, new FlexAttention(Part.WHOLE)), 0, 1, 2),
                floats(Entry.of(FUSED, "FlexAttentionScores", 1, new FlexAttention(Part.SCORES)), 0, 1),
                floats(Entry.of(FUSED, "FlexAttentionValues", 1, new FlexAttention(Part.VALUES)), 0, 1));
    }

    /** Floats, or integers that stand for floats. */
    private static Set<DataType> caches() {
        Set<DataType> types = new HashSet<>(DataTypes.FLOATS);
        types.add(DataType.INT8);
        types.add(DataType.UINT8);
        return types;
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
