package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.models.operators.Trait;
import dev.nereid.models.operators.elementwise.UnaryOperator.Parameter;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The list of the operators that compute each element from one. */
final class UnaryOperators {
    /** The types of those that take others than floats. */
    private static final Map<UnaryOp, Set<DataType>> TYPES = Map.of(
            UnaryOp.ABS, DataTypes.NUMBERS,
            UnaryOp.NEG, DataTypes.SIGNED,
            UnaryOp.SIGN, DataTypes.NUMBERS,
            UnaryOp.ERF, DataTypes.NUMBERS,
            UnaryOp.RELU, DataTypes.SIGNED,
            UnaryOp.NOT, DataTypes.BOOLS,
            UnaryOp.BITWISE_NOT, DataTypes.INTEGERS,
            UnaryOp.SHRINK, DataTypes.NUMBERS);

    private UnaryOperators() {}

    static List<Entry> all() {
        return List.of(
                unary("Abs", 1, UnaryOp.ABS),
                unary("Neg", 1, UnaryOp.NEG),
                unary("Sign", 9, UnaryOp.SIGN),
                unary("Floor", 1, UnaryOp.FLOOR),
                unary("Ceil", 1, UnaryOp.CEIL),
                unary("Round", 11, UnaryOp.ROUND),
                unary("Reciprocal", 1, UnaryOp.RECIPROCAL),
                unary("Sqrt", 1, UnaryOp.SQRT),
                unary("Exp", 1, UnaryOp.EXP),
                unary("Log", 1, UnaryOp.LOG),
                unary("Sin", 7, UnaryOp.SIN),
                unary("Cos", 7, UnaryOp.COS),
                unary("Tan", 7, UnaryOp.TAN),
                unary("Asin", 7, UnaryOp.ASIN),
                unary("Acos", 7, UnaryOp.ACOS),
                unary("Atan", 7, UnaryOp.ATAN),
                unary("Sinh", 9, UnaryOp.SINH),
                unary("Cosh", 9, UnaryOp.COSH),
                unary("Tanh", 1, UnaryOp.TANH).with(Trait.ACTIVATION),
                unary("Asinh", 9, UnaryOp.ASINH),
                unary("Acosh", 9, UnaryOp.ACOSH),
                unary("Atanh", 9, UnaryOp.ATANH),
                unary("Erf", 9, UnaryOp.ERF),
                unary("Sigmoid", 1, UnaryOp.SIGMOID).with(Trait.ACTIVATION),
                unary("Softplus", 1, UnaryOp.SOFTPLUS),
                unary("Softsign", 1, UnaryOp.SOFTSIGN),
                unary("Mish", 18, UnaryOp.MISH),
                unary("Relu", 1, UnaryOp.RELU).with(Trait.ACTIVATION),
                unary("HardSwish", 14, UnaryOp.HARD_SWISH).with(Trait.ACTIVATION),
                unary("Not", 1, UnaryOp.NOT),
                unary("BitwiseNot", 18, UnaryOp.BITWISE_NOT),
                unary("LeakyRelu", 1, UnaryOp.LEAKY_RELU, new Parameter("alpha", 0.01f))
                        .with(Trait.ACTIVATION),
                unary("ThresholdedRelu", 1, UnaryOp.THRESHOLDED_RELU, new Parameter("alpha", 1f)),
                unary("Elu", 1, UnaryOp.ELU, new Parameter("alpha", 1f)),
                unary("Celu", 12, UnaryOp.CELU, new Parameter("alpha", 1f)),
                unary("Swish", 24, UnaryOp.SWISH, new Parameter("alpha", 1f)).with(Trait.ACTIVATION),
                unary("Selu", 1, UnaryOp.SELU, new Parameter("alpha", 1.6732f), new Parameter("gamma", 1.0507f)),
                unary("Selu", 6, UnaryOp.SELU, new Parameter("alpha", 1.6732632f), new Parameter("gamma", 1.0507009f)),
                unary(
                        "HardSigmoid",
                        1,
                        UnaryOp.HARD_SIGMOID,
                        new Parameter("alpha", 0.2f),
                        new Parameter("beta", 0.5f)),
                unary("Shrink", 9, UnaryOp.SHRINK, new Parameter("lambd", 0.5f), new Parameter("bias", 0f)),
                Entry.of("Gelu", 20, new UnaryOperator(UnaryOperators::gelu, Parameter.NONE, Parameter.NONE))
                        .taking(DataTypes.FLOATS)
                        .with(Trait.UNARY, Trait.ACTIVATION));
    }

    private static Entry unary(String name, int since, UnaryOp op) {
        return unary(name, since, op, Parameter.NONE);
    }

    private static Entry unary(String name, int since, UnaryOp op, Parameter alpha) {
        return unary(name, since, op, alpha, Parameter.NONE);
    }

    private static Entry unary(String name, int since, UnaryOp op, Parameter alpha, Parameter beta) {
        return Entry.of(name, since, new UnaryOperator(op, alpha, beta))
                .taking(TYPES.getOrDefault(op, DataTypes.FLOATS))
                .with(Trait.UNARY);
    }

    private static UnaryOp gelu(Attributes attributes) {
        return attributes.text("approximate", "none").equals("tanh") ? UnaryOp.GELU_TANH : UnaryOp.GELU;
    }
}
