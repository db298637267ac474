package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rules by operator. An operator without one gets its inputs as they were. */
final class LayoutRules {
    private static final LayoutRule NONE = (_, _) -> false;

    /** Operators whose result at a place depends on the input's number at that place alone. */
    private static final List<String> UNARY = List.of(
            "Abs",
            "Acos",
            "Acosh",
            "Asin",
            "Asinh",
            "Atan",
            "Atanh",
            "Cast",
            "Ceil",
            "Celu",
            "Clip",
            "Cos",
            "Cosh",
            "Elu",
            "Erf",
            "Exp",
            "Floor",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
            "Identity",
            "IsInf",
            "IsNaN",
            "LeakyRelu",
            "Log",
            "Mish",
            "Neg",
            "Not",
            "Reciprocal",
            "Relu",
            "Round",
            "Selu",
            "Shrink",
            "Sigmoid",
            "Sign",
            "Sin",
            "Sinh",
            "Softplus",
            "Softsign",
            "Sqrt",
            "Swish",
            "Tan",
            "Tanh",
            "ThresholdedRelu");

    /** Operators that broadcast all their inputs to one shape. */
    private static final List<String> BROADCASTING = List.of(
            "Add",
            "And",
            "Div",
            "Equal",
            "Greater",
            "GreaterOrEqual",
            "Less",
            "LessOrEqual",
            "Max",
            "Mean",
            "Min",
            "Mod",
            "Mul",
            "Or",
            "PRelu",
            "Pow",
            "Sub",
            "Sum",
            "Where",
            "Xor");

    private static final List<String> REDUCING = List.of(
            "ReduceL1",
            "ReduceL2",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceMax",
            "ReduceMean",
            "ReduceMin",
            "ReduceProd",
            "ReduceSum",
            "ReduceSumSquare");

    private static final Map<String, LayoutRule> RULES = rules();

    private LayoutRules() {}

    /** The rule for a node. */
    static LayoutRule of(Node node) {
        if (ConvolutionRules.mayConvert(node)) {
            return ConvolutionRules::convolution;
        }
        return node.domain().isEmpty() ? RULES.getOrDefault(node.operator(), NONE) : NONE;
    }

    private static Map<String, LayoutRule> rules() {
        Map<String, LayoutRule> rules = new HashMap<>();
        UNARY.forEach(operator -> rules.put(operator, ElementwiseRules::unary));
        BROADCASTING.forEach(operator -> rules.put(operator, ElementwiseRules::broadcasting));
        REDUCING.forEach(operator -> rules.put(operator, AxisRules::reduction));
        rules.put("MaxPool", ConvolutionRules.pooling("ChannelsLastMaxPool"));
        rules.put("GlobalMaxPool", ConvolutionRules.pooling("ChannelsLastMaxPool"));
        rules.put("AveragePool", ConvolutionRules.pooling("ChannelsLastAveragePool"));
        rules.put("GlobalAveragePool", ConvolutionRules.pooling("ChannelsLastAveragePool"));
        rules.put("Concat", AxisRules::concat);
        rules.put("Split", AxisRules::split);
        rules.put("Softmax", AxisRules::softmax);
        rules.put("LogSoftmax", AxisRules::softmax);
        rules.put("Slice", IndexRules::slice);
        rules.put("Pad", IndexRules::pad);
        rules.put("Resize", IndexRules::resize);
        rules.put("Shape", IndexRules::shape);
        rules.put("Transpose", IndexRules::transpose);
        return rules;
    }
}
