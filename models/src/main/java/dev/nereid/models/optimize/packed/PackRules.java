package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.Trait;
import java.util.HashMap;
import java.util.Map;

/** The operators of which it is known what they do to texts that stand one behind the other. */
final class PackRules {
    private static final Map<String, PackRule> RULES = rules();

    private PackRules() {}

    /** The rule of a node's operator; that of one which is not known refuses. */
    static PackRule of(Node node, OperatorSet operators) {
        if (operators.has(node, Trait.UNARY, Trait.BROADCASTING)) {
            return RowRules::elementwise;
        }
        if (operators.has(node, Trait.REDUCTION)) {
            return MixingRules::reduce;
        }
        if (operators.has(node, Trait.VIEW)) {
            return MovementRules::reshape;
        }
        return RULES.getOrDefault(key(node.domain(), node.operator()), PackRules::refuse);
    }

    private static Map<String, PackRule> rules() {
        Map<String, PackRule> rules = new HashMap<>();
        rules.put(key("", "MatMul"), RowRules::matMul);
        rules.put(key("dev.nereid", "FusedMatMul"), RowRules::matMul);
        rules.put(key("", "Gemm"), RowRules::gemm);
        rules.put(key("", "LayerNormalization"), RowRules::normalization);
        rules.put(key("", "RMSNormalization"), RowRules::normalization);
        rules.put(key("dev.nereid", "FusedLayerNormalization"), RowRules::normalization);
        rules.put(key("", "LpNormalization"), RowRules::alongAxis);
        rules.put(key("", "QuantizeLinear"), RowRules::quantization);
        rules.put(key("", "DequantizeLinear"), RowRules::quantization);
        rules.put(key("", "Softmax"), RowRules::softmax);
        rules.put(key("", "LogSoftmax"), RowRules::softmax);
        rules.put(key("", "Transpose"), MovementRules::transpose);
        rules.put(key("", "Concat"), MovementRules::concat);
        rules.put(key("", "Split"), MovementRules::split);
        rules.put(key("", "Expand"), MovementRules::expand);
        rules.put(key("", "ConstantOfShape"), MovementRules::constantOfShape);
        rules.put(key("", "Gather"), MixingRules::gather);
        rules.put(key("", "Slice"), MixingRules::slice);
        rules.put(key("", "Range"), MixingRules::range);
        rules.put(key("dev.nereid", "FusedAttention"), MixingRules::attention);
        rules.put(key("dev.nereid", "FusedSelfAttention"), MixingRules::attention);
        return Map.copyOf(rules);
    }

    private static String key(String domain, String operator) {
        return domain + ":" + operator;
    }

    private static void refuse(Node node, PackedGraph graph) {
        String reason = node.operator().startsWith("DynamicQuantize")
                ? "takes one scale from all numbers that it is given: a text's would depend on the other texts"
                : "may mix the tokens of a text, and has no form that knows where a text ends";
        throw new PackingRefusal(node, reason);
    }
}
