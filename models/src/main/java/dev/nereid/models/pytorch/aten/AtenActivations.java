package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Activation functions. */
final class AtenActivations {
    private static final double SELU_ALPHA = 1.6732632423543772;
    private static final double SELU_SCALE = 1.0507009873554805;

    private AtenActivations() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.addAll(List.of(
                row("relu(Tensor self) -> Tensor", AtenActivations::relu),
                row("relu6(Tensor self) -> Tensor", call -> clip(call, 0, 6)),
                row(
                        "hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor",
                        call -> clip(call, call.real("min_val"), call.real("max_val"))),
                row(
                        "hardsigmoid(Tensor self) -> Tensor",
                        call -> call.graph()
                                .node(
                                        "HardSigmoid",
                                        OnnxAttributes.real("alpha", 1 / 6.0).with("beta", new Attribute.Real(0.5f)),
                                        call.tensor("self"))),
                simple("hardswish", "HardSwish"),
                simple("silu", "Swish"),
                simple("mish", "Mish"),
                row(
                        "gelu(Tensor self, *, str approximate='none') -> Tensor",
                        call -> call.graph()
                                .node(
                                        "Gelu",
                                        OnnxAttributes.text("approximate", call.text("approximate")),
                                        call.tensor("self")))));
        rows.addAll(exponentialUnits());
        rows.addAll(leakyUnits());
        rows.addAll(softFunctions());
        rows.add(row("glu(Tensor self, int dim=-1) -> Tensor", AtenActivations::gatedLinearUnit));
        return rows;
    }

    private static AtenOperator simple(String name, String operator) {
        return row(name + "(Tensor self) -> Tensor", call -> call.graph().node(operator, call.tensor("self")));
    }

    private static List<AtenOperator> exponentialUnits() {
        return List.of(
                row(
                        "elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor",
                        AtenActivations::elu),
                row(
                        "selu(Tensor self) -> Tensor",
                        call -> call.graph()
                                .node(
                                        "Selu",
                                        OnnxAttributes.real("alpha", SELU_ALPHA)
                                                .with("gamma", new Attribute.Real((float) SELU_SCALE)),
                                        call.tensor("self"))),
                row(
                        "celu(Tensor self, Scalar alpha=1.0) -> Tensor",
                        call -> call.graph()
                                .node("Celu", OnnxAttributes.real("alpha", call.real("alpha")), call.tensor("self"))));
    }

    private static List<AtenOperator> leakyUnits() {
        return List.of(
                row(
                        "leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor",
                        call -> leaky(call, call.real("negative_slope"))),
                row(
                        "rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False,"
                                + " Generator? generator=None) -> Tensor",
                        AtenActivations::randomizedLeaky),
                row(
                        "rrelu_with_noise(Tensor self, Tensor noise, Scalar lower=0.125, Scalar"
                                + " upper=0.3333333333333333, bool training=False, Generator? generator=None) -> Tensor",
                        AtenActivations::randomizedLeaky),
                row("prelu(Tensor self, Tensor weight) -> Tensor", AtenActivations::prelu),
                row(
                        "_prelu_kernel(Tensor self, Tensor weight) -> Tensor",
                        call -> call.graph().node("PRelu", call.tensor("self"), call.tensor("weight"))));
    }

    private static List<AtenOperator> softFunctions() {
        return List.of(
                row("softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor", AtenActivations::softplus),
                row("log_sigmoid(Tensor self) -> Tensor", AtenActivations::logSigmoid),
                results("log_sigmoid_forward(Tensor self) -> (Tensor output, Tensor buffer)", call -> {
                    Argument result = Argument.OfTensor.of(logSigmoid(call));
                    return List.of(result, result);
                }),
                row("threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor", call -> {
                    ValueMath math = ValueMath.of(call);
                    Value self = call.tensor("self");
                    Value kept = math.number(call.real("threshold"), self);
                    return math.where(
                            call.graph().node("LessOrEqual", self, kept), math.number(call.real("value"), self), self);
                }),
                row("hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor", call -> {
                    ValueMath math = ValueMath.of(call);
                    Value self = call.tensor("self");
                    Value limit = math.number(call.real("lambd"), self);
                    return math.where(
                            call.graph().node("LessOrEqual", math.absolute(self), limit), math.number(0, self), self);
                }),
                row("softshrink(Tensor self, Scalar lambd=0.5) -> Tensor", call -> {
                    ValueMath math = ValueMath.of(call);
                    Value self = call.tensor("self");
                    double limit = call.real("lambd");
                    Value shrunk =
                            math.where(math.greater(self, limit), math.subtract(self, limit), math.multiply(self, 0));
                    return math.where(math.less(self, -limit), math.add(self, limit), shrunk);
                }));
    }

    private static Value relu(AtenCall call) {
        Value self = call.tensor("self");
        return call.graph().dataType(self).kind() == DataType.Kind.UNSIGNED
                ? self
                : call.graph().node("Relu", self);
    }

    private static Value clip(AtenCall call, double low, double high) {
        Value self = call.tensor("self");
        ValueMath math = ValueMath.of(call);
        return call.graph().node("Clip", self, math.number(low, self), math.number(high, self));
    }

    private static Value elu(AtenCall call) {
        Value self = call.tensor("self");
        double alpha = call.real("alpha");
        double scale = call.real("scale");
        double inputScale = call.real("input_scale");
        if (scale == 1 && inputScale == 1) {
            return call.graph().node("Elu", OnnxAttributes.real("alpha", alpha), self);
        }
        ValueMath math = ValueMath.of(call);
        Value below = math.multiply(math.exponentialMinusOne(math.multiply(self, inputScale)), alpha * scale);
        return math.where(math.less(self, 0), below, math.multiply(self, scale));
    }

    private static Value leaky(AtenCall call, double slope) {
        return call.graph().node("LeakyRelu", OnnxAttributes.real("alpha", slope), call.tensor("self"));
    }

    private static Value randomizedLeaky(AtenCall call) {
        if (call.flag("training")) {
            throw new ModelFormatException("it is called for training: export the model in evaluation mode");
        }
        return leaky(call, (call.real("lower") + call.real("upper")) / 2);
    }

    /** weight: [channels] or [1]; the channels are axis 1. */
    private static Value prelu(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value weight = call.tensor("weight");
        int rank = graph.rank(self);
        boolean single = graph.rank(weight) == 0 || graph.dim(weight, 0).equals(Dim.of(1));
        if (rank < 2 || single) {
            return graph.node(
                    "PRelu", self, graph.node("Reshape", weight, rank == 0 ? graph.integers() : graph.integers(1)));
        }
        long[] dims = new long[rank - 1];
        Arrays.fill(dims, 1);
        dims[0] = -1;
        return graph.node("PRelu", self, graph.node("Reshape", weight, graph.integers(dims)));
    }

    private static Value softplus(AtenCall call) {
        ValueMath math = ValueMath.of(call);
        Value self = call.tensor("self");
        double beta = call.real("beta");
        double threshold = call.real("threshold");
        if (beta == 1 && threshold >= 20) {
            return call.graph().node("Softplus", self);
        }
        Value scaled = math.multiply(self, beta);
        Value soft = math.divide(call.graph().node("Softplus", scaled), beta);
        return math.where(math.greater(scaled, threshold), self, soft);
    }

    private static Value logSigmoid(AtenCall call) {
        ValueMath math = ValueMath.of(call);
        return math.negate(call.graph().node("Softplus", math.negate(call.tensor("self"))));
    }

    /** The first half of an axis, times the sigmoid of the second. */
    private static Value gatedLinearUnit(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int axis = call.axis("dim", self);
        List<Value> halves = graph.nodes(
                "",
                "Split",
                2,
                OnnxAttributes.integer("axis", axis).with("num_outputs", new Attribute.Int(2)),
                List.of(java.util.Optional.of(self)));
        return graph.node("Mul", halves.getFirst(), graph.node("Sigmoid", halves.getLast()));
    }
}
