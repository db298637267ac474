package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.integers;
import static dev.nereid.models.tflite.TfliteOperator.numbers;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.tflite.TfliteMath.FixedPoint;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;

/** Activation functions. Those of quantised tensors are tables of 256 integers, but for softmax. */
final class TfliteActivations {
    private TfliteActivations() {}

    static List<TfliteOperator> all() {
        return List.of(
                integers("LOGISTIC", call -> function(call, "Sigmoid", x -> 1 / (1 + (float) Math.exp(-x)))),
                integers("TANH", call -> function(call, "Tanh", Math::tanh)),
                integers("ELU", call -> function(call, "Elu", x -> x < 0 ? Math.expm1(x) : x)),
                integers("RELU", call -> rectified(call, FusedActivation.RELU)),
                integers("RELU6", call -> rectified(call, FusedActivation.RELU6)),
                integers("RELU_N1_TO_1", call -> rectified(call, FusedActivation.RELU_N1_TO_1)),
                numbers("RELU_0_TO_1", call -> FusedActivation.clip(call.graph(), call.input(0), 0, 1)),
                integers("LEAKY_RELU", TfliteActivations::leaky),
                numbers("PRELU", call -> call.graph().node("PRelu", call.input(0), call.input(1))),
                numbers("HARD_SWISH", call -> call.graph().node("HardSwish", call.input(0))),
                numbers("GELU", TfliteActivations::gelu),
                integers("SOFTMAX", TfliteActivations::softmax),
                numbers("LOG_SOFTMAX", call -> lastAxis(call, "LogSoftmax", call.input(0))));
    }

    private static Value function(TfliteCall call, String operator, DoubleUnaryOperator function) {
        return onIntegersOr(
                call,
                input -> {
                    TfliteTensor output = call.output(0);
                    float inverse = 1 / output.scale();
                    return TfliteIntegers.mapped(call, value -> {
                        float real = input.scale() * (value - input.zeroPoint());
                        float result = (float) function.applyAsDouble(real);
                        return Math.toIntExact(TfliteMath.round(result * inverse) + output.zeroPoint());
                    });
                },
                () -> call.graph().node(operator, call.input(0)));
    }

    private static Value onIntegersOr(
            TfliteCall call, Function<TfliteTensor, Value> integers, java.util.function.Supplier<Value> floats) {
        return call.computesIntegers() ? integers.apply(call.declared(0)) : floats.get();
    }

    private static Value rectified(TfliteCall call, FusedActivation activation) {
        return onIntegersOr(
                call,
                input -> {
                    TfliteTensor output = call.output(0);
                    FixedPoint factor = FixedPoint.of((double) (input.scale() / output.scale()));
                    FusedActivation.Range range = activation.range(output);
                    return TfliteIntegers.mapped(
                            call,
                            value -> Math.clamp(
                                    (long) factor.times(value - input.zeroPoint()) + output.zeroPoint(),
                                    range.least(),
                                    range.most()));
                },
                () -> activation.apply(call.graph(), call.input(0)));
    }

    private static Value leaky(TfliteCall call) {
        float alpha = call.options().real(0, 0);
        return onIntegersOr(
                call,
                input -> {
                    TfliteTensor output = call.output(0);
                    FixedPoint above = FixedPoint.of(input.scale() / (double) output.scale());
                    FixedPoint below = FixedPoint.of(Math.abs(input.scale() * alpha / output.scale()));
                    int sign = alpha < 0 ? -1 : 1;
                    return TfliteIntegers.mapped(call, value -> {
                        int from = value - input.zeroPoint();
                        return output.zeroPoint() + (from >= 0 ? above.times(from) : sign * below.times(from));
                    });
                },
                () -> call.graph().node("LeakyRelu", OnnxAttributes.real("alpha", alpha), call.input(0)));
    }

    private static Value gelu(TfliteCall call) {
        String form = call.options().flag(0) ? "tanh" : "none";
        return call.graph().node("Gelu", OnnxAttributes.text("approximate", form), call.input(0));
    }

    private static Value lastAxis(TfliteCall call, String operator, Value value) {
        return call.graph().node(operator, OnnxAttributes.integer("axis", -1), value);
    }

    private static Value softmax(TfliteCall call) {
        GraphBuilder graph = call.graph();
        float beta = call.options().real(0, 0);
        Value x = call.input(0);
        if (call.computesIntegers()) {
            TfliteTensor output = call.output(0);
            FusedActivation.range(output.type());
            return graph.nodes(
                            TfliteIntegers.DOMAIN,
                            "ByteSoftmax",
                            1,
                            OnnxAttributes.real("input_scale", call.declared(0).scale() * beta)
                                    .with("output_scale", OnnxAttributes.realValue(output.scale()))
                                    .with("zero_point", OnnxAttributes.integerValue(output.zeroPoint())),
                            List.of(Optional.of(x)))
                    .getFirst();
        }
        return lastAxis(call, "Softmax", beta == 1 ? x : graph.node("Mul", x, graph.scalar(beta, DataType.FP32)));
    }
}
