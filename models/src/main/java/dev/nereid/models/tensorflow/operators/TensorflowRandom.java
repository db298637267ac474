package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.tensor.DataType;
import java.util.List;

/** Random tensors. Their numbers are others than TensorFlow's, of the same distributions. */
final class TensorflowRandom {
    private TensorflowRandom() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row(
                        "RandomUniform",
                        call -> random(
                                call, "RandomUniformLike", call.attributes().type("dtype"))),
                row(
                        "RandomStandardNormal",
                        call -> random(
                                call, "RandomNormalLike", call.attributes().type("dtype"))),
                row(
                        "StatelessRandomUniform",
                        AttributeDefaults.NONE.type("dtype", dev.nereid.proto.tensorflow.DataType.DT_FLOAT),
                        call -> random(
                                call, "RandomUniformLike", call.attributes().type("dtype"))),
                row(
                        "StatelessRandomNormal",
                        AttributeDefaults.NONE.type("dtype", dev.nereid.proto.tensorflow.DataType.DT_FLOAT),
                        call -> random(
                                call, "RandomNormalLike", call.attributes().type("dtype"))),
                row("RandomUniformInt", TensorflowRandom::integers));
    }

    private static Value random(TensorflowCall call, String operator, DataType type) {
        GraphBuilder graph = call.graph();
        Value shaped = graph.node("ConstantOfShape", call.longs(0));
        return graph.node(operator, OnnxAttributes.integer("dtype", OnnxTypes.number(type)), shaped);
    }

    private static Value integers(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        Value least = graph.cast(call.input(1), DataType.FP64);
        Value range = graph.node("Sub", graph.cast(call.input(2), DataType.FP64), least);
        Value scaled = graph.node("Mul", random(call, "RandomUniformLike", DataType.FP64), range);
        return graph.cast(graph.node("Floor", graph.node("Add", scaled, least)), call.dataType(1));
    }
}
