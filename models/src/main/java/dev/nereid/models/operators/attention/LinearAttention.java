package dev.nereid.models.operators.attention;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import java.util.List;

/**
 * ONNX LinearAttention: attention whose past is one matrix a head, which every token fades, corrects and adds to.
 *
 * <p>Inputs: q: [batch, tokens, heads * size]; k: [batch, tokens, keyHeads * size]; v: [batch, tokens, keyHeads *
 * valueSize]; past_state, optional: [batch, keyHeads, size, valueSize], zeros if absent; decay, of the rules gated and
 * gated_delta: [batch, tokens, keyHeads] or [batch, tokens, keyHeads * size]; beta, of the rules delta and gated_delta:
 * [batch, tokens, keyHeads] or [batch, tokens, 1]; erase_gate, optional, of the same rules: as k. Outputs: y: [batch,
 * tokens, heads * valueSize]; present_state as past_state.
 */
final class LinearAttention implements Operator {
    static final int Q = 0;
    static final int K = 1;
    static final int V = 2;
    static final int PAST = 3;
    static final int DECAY = 4;
    static final int BETA = 5;
    static final int ERASE = 6;

    /**
     * How a token changes the state.
     *
     * @param fades whether decay is applied first
     * @param corrects whether what the state already holds for the key is taken away from the value
     */
    record Rule(boolean fades, boolean corrects) {
        static Rule of(Attributes attributes) {
            String name = attributes.text("update_rule", "gated_delta");
            return switch (name) {
                case "linear" -> new Rule(false, false);
                case "gated" -> new Rule(true, false);
                case "delta" -> new Rule(false, true);
                case "gated_delta" -> new Rule(true, true);
                default ->
                    throw new ModelFormatException("attribute 'update_rule': expected linear, gated, delta or "
                            + "gated_delta, got '" + name + "'");
            };
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        Rule rule = Rule.of(inference.attributes());
        require(inference, DECAY, rule.fades(), rule.fades());
        require(inference, BETA, rule.corrects(), rule.corrects());
        require(inference, ERASE, false, rule.corrects());
        long heads = heads(inference.attributes(), "q_num_heads");
        long keyHeads = heads(inference.attributes(), "kv_num_heads");
        if (heads % keyHeads != 0) {
            throw new ModelFormatException(
                    "attribute 'q_num_heads': expected a multiple of kv_num_heads, " + keyHeads + ", got " + heads);
        }
        for (int input = Q; input <= V; input++) {
            TensorType type = inference.type(input);
            if (type.hasRank() && type.rank() != 3) {
                throw new ModelFormatException("input " + input + ": expected a tensor of rank 3, got " + type);
            }
        }
        TensorType q = inference.type(Q);
        TensorType v = inference.type(V);
        DataType state = inference.has(PAST) ? inference.type(PAST).dataType() : q.dataType();
        if (!q.hasRank() || !v.hasRank()) {
            return List.of(TensorType.ofUnknownRank(q.dataType()), TensorType.ofUnknownRank(state));
        }
        Dim valueSize = v.dim(2).floorDivide(Dim.of(keyHeads));
        return List.of(
                TensorType.of(q.dataType(), List.of(q.dim(0), q.dim(1), valueSize.times(heads))),
                TensorType.of(
                        state, List.of(q.dim(0), Dim.of(keyHeads), q.dim(2).floorDivide(Dim.of(heads)), valueSize)));
    }

    private static void require(Inference inference, int input, boolean needed, boolean allowed) {
        if (inference.has(input) ? !allowed : needed) {
            throw new ModelFormatException("input " + input + ": update_rule '"
                    + inference.attributes().text("update_rule", "gated_delta")
                    + (needed ? "' needs it" : "' does not take it"));
        }
    }

    private static long heads(Attributes attributes, String name) {
        long heads = attributes.integer(name, 0);
        if (heads < 1) {
            throw new ModelFormatException("attribute '" + name + "': expected a positive number, got " + heads);
        }
        return heads;
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        Rule rule = Rule.of(attributes);
        int heads = Math.toIntExact(heads(attributes, "q_num_heads"));
        int keyHeads = Math.toIntExact(heads(attributes, "kv_num_heads"));
        float scale = attributes.real("scale", 0f);
        lowering.step(run -> attend(run, rule, heads, keyHeads, scale));
    }

    private static void attend(StepRun run, Rule rule, int heads, int keyHeads, float scale) {
        LinearAttentionSizes sizes = LinearAttentionSizes.of(run, heads, keyHeads);
        double factor = scale == 0 ? 1 / Math.sqrt(sizes.size()) : scale;
        LinearAttentionState.run(run, rule, sizes, factor);
    }
}
