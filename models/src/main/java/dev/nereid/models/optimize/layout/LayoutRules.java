package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.Trait;
import java.util.HashMap;
import java.util.Map;

/** The rules by operator. An operator without one gets its inputs as they were. */
final class LayoutRules {
    private static final LayoutRule NONE = (_, _) -> false;

    private static final Map<String, LayoutRule> RULES = rules();

    /** Those of Microsoft's domain, whose other operators on bytes are written as operators on floats before. */
    private static final Map<String, LayoutRule> MICROSOFT = Map.of(
            "QuantizeLinear", QuantizedRules::conversion,
            "DequantizeLinear", QuantizedRules::conversion);

    private LayoutRules() {}

    /** The rule for a node. */
    static LayoutRule of(Node node, OperatorSet operators) {
        if (ConvolutionRules.isConvolution(node)) {
            return ConvolutionRules::convolution;
        }
        if (QuantizedRules.mayConvert(node)) {
            return QuantizedRules::convolution;
        }
        if (operators.has(node, Trait.UNARY)) {
            return ElementwiseRules::unary;
        }
        if (operators.has(node, Trait.BROADCASTING)) {
            return ElementwiseRules::broadcasting;
        }
        if (operators.has(node, Trait.REDUCTION)) {
            return AxisRules::reduction;
        }
        if (node.domain().equals(QuantizedRules.MICROSOFT)) {
            return MICROSOFT.getOrDefault(node.operator(), NONE);
        }
        return node.domain().isEmpty() ? RULES.getOrDefault(node.operator(), NONE) : NONE;
    }

    private static Map<String, LayoutRule> rules() {
        Map<String, LayoutRule> rules = new HashMap<>();
        rules.put("ConvTranspose", ConvolutionRules::transposed);
        rules.put("MaxPool", ConvolutionRules.pooling("ChannelsLastMaxPool"));
        rules.put("GlobalMaxPool", ConvolutionRules.pooling("ChannelsLastMaxPool"));
        rules.put("AveragePool", ConvolutionRules.pooling("ChannelsLastAveragePool"));
        rules.put("GlobalAveragePool", ConvolutionRules.pooling("ChannelsLastAveragePool"));
        rules.put("InstanceNormalization", NormalizationRules::instances);
        rules.put("Concat", AxisRules::concat);
        rules.put("Split", AxisRules::split);
        rules.put("Softmax", AxisRules::softmax);
        rules.put("LogSoftmax", AxisRules::softmax);
        rules.put("QuantizeLinear", QuantizedRules::conversion);
        rules.put("DequantizeLinear", QuantizedRules::conversion);
        rules.put("Slice", IndexRules::slice);
        rules.put("Pad", IndexRules::pad);
        rules.put("Resize", IndexRules::resize);
        rules.put("Shape", IndexRules::shape);
        rules.put("Transpose", IndexRules::transpose);
        return rules;
    }
}
