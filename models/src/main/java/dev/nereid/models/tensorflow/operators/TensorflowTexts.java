package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Strings: joined, from numbers and to numbers. */
final class TensorflowTexts {
    private TensorflowTexts() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("StringJoin", AttributeDefaults.NONE.text("separator", ""), TensorflowTexts::join),
                row(
                        "StringToNumber",
                        AttributeDefaults.NONE.type("out_type", dev.nereid.proto.tensorflow.DataType.DT_FLOAT),
                        call -> call.graph()
                                .cast(call.input(0), call.attributes().type("out_type"))),
                row("AsString", TensorflowTexts::ofIntegers));
    }

    private static Value join(TensorflowCall call) {
        String text = call.attributes().text("separator");
        Value joined = call.input(0);
        for (Value next : call.rest(1)) {
            if (!text.isEmpty()) {
                byte[][] separator = {text.getBytes(StandardCharsets.UTF_8)};
                joined = call.node(
                        "StringConcat",
                        joined,
                        call.graph().constant("separator", Tensor.ofStrings(Shape.SCALAR, separator)));
            }
            joined = call.node("StringConcat", joined, next);
        }
        return joined;
    }

    private static Value ofIntegers(TensorflowCall call) {
        if (!call.dataType(0).isInteger()) {
            throw new ModelFormatException("it writes " + call.dataType(0) + ": expected integers");
        }
        return call.graph().cast(call.input(0), DataType.STRING);
    }
}
