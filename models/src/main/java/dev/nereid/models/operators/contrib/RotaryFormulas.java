package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Formula;
import dev.nereid.tensor.DataType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The formulas of rotary embeddings whose angles come about in a way of their own. */
final class RotaryFormulas {
    private static final Map<String, Attribute> FIRST_AXIS = Map.of("axis", new Attribute.Int(0));

    /** The first version of ONNX with rotary embeddings. */
    private static final int ROTARY_OPSET = 23;

    /** A token's place in time, its row and its column in a picture. */
    private static final int STREAMS = 3;

    private static final int MOST_ANGLES = 1 << 20;

    private RotaryFormulas() {}

    /**
     * com.microsoft.MRotaryEmbedding, of Qwen's models for pictures: a rotary embedding whose angles belong to one of three
     * positions each. Inputs: x: [batch, tokens, heads * size] or [batch, heads, tokens, size]; positions: [3, batch, tokens];
     * cosines and sines: [positions, rotated / 2].
     */
    static void multimodal(Formula formula, Node node) {
        int[] streams = streams(node);
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        attributes.keySet().retainAll(List.of("interleaved", "num_heads", "rotary_embedding_dim"));
        float scale = node.attributes().real("scale", 1f);
        Value cosines = angles(formula, formula.input(2), streams, scale);
        Value sines = angles(formula, formula.input(3), streams, scale);
        formula.give(0, formula.add(ROTARY_OPSET, "RotaryEmbedding", attributes, formula.input(0), cosines, sines));
    }

    /** The position that each angle belongs to. */
    private static int[] streams(Node node) {
        long[] sections = node.attributes().integers("mrope_section").orElse(new long[0]);
        long layout = node.attributes().integer("mrope_layout", 0);
        boolean fits = sections.length == STREAMS && (layout == 0 || layout == 1);
        for (long section : sections) {
            fits &= section >= 0 && section <= MOST_ANGLES;
        }
        if (!fits) {
            throw new ModelFormatException(node.describe()
                    + ": expected three numbers of angles in 'mrope_section' and 0 or 1 for 'mrope_layout', got "
                    + Arrays.toString(sections) + " and " + layout);
        }
        int[] streams = new int[Math.toIntExact(Arrays.stream(sections).sum())];
        for (int angle = 0; angle < streams.length; angle++) {
            int turn = angle % STREAMS;
            boolean inTurn = angle < sections[turn] * STREAMS;
            int section = angle < sections[0] ? 0 : angle < sections[0] + sections[1] ? 1 : 2;
            streams[angle] = layout == 0 ? section : inTurn ? turn : 0;
        }
        return streams;
    }

    /** Cosines, or sines, of each token: [batch, tokens, rotated / 2]. */
    private static Value angles(Formula formula, Value table, int[] streams, float scale) {
        Value all = formula.add("Gather", FIRST_AXIS, table, formula.input(1));
        Value chosen = formula.add("Gather", FIRST_AXIS, all, formula.integer(0));
        for (int stream = 1; stream < STREAMS; stream++) {
            int wanted = stream;
            long[] belongs = Arrays.stream(streams)
                    .mapToLong(each -> each == wanted ? 1 : 0)
                    .toArray();
            Value other = formula.add("Gather", FIRST_AXIS, all, formula.integer(stream));
            chosen = formula.add("Where", formula.cast(formula.integers(belongs), DataType.BOOL), other, chosen);
        }
        return scale == 1 ? chosen : formula.add("Mul", chosen, formula.add("CastLike", formula.real(scale), table));
    }

    /**
     * com.microsoft.GemmaRotaryEmbedding: {@code q * cos(angles) + turned q * sin(angles)}, likewise of k. Inputs: angles: [batch,
     * tokens, size]; q, q turned, k, k turned: [batch, heads, tokens, size].
     */
    static void gemma(Formula formula, Node node) {
        Value angles = formula.add("Unsqueeze", formula.input(0), formula.integers(1));
        for (int output = 0; output < 2; output++) {
            Value x = formula.input(1 + 2 * output);
            Value turned = formula.input(2 + 2 * output);
            Value cosines = formula.add("CastLike", formula.add("Cos", angles), x);
            Value sines = formula.add("CastLike", formula.add("Sin", angles), x);
            formula.give(output, formula.add("Add", formula.add("Mul", x, cosines), formula.add("Mul", turned, sines)));
        }
    }
}
