package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.ArrayList;
import java.util.List;

/** Products of matrices, and sums of products by a formula. */
final class TensorflowProducts {
    private TensorflowProducts() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        rows.add(row(
                "MatMul",
                AttributeDefaults.NONE.flag("transpose_a", false).flag("transpose_b", false),
                call -> multiply(call, "transpose_a", "transpose_b")));
        for (String name : List.of("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")) {
            rows.add(row(
                    name,
                    AttributeDefaults.NONE.flag("adj_x", false).flag("adj_y", false),
                    call -> multiply(call, "adj_x", "adj_y")));
        }
        for (String name : List.of("Einsum", "XlaEinsum")) {
            rows.add(row(
                    name,
                    call -> call.graph()
                            .node(
                                    "Einsum",
                                    OnnxAttributes.text(
                                            "equation", call.attributes().text("equation")),
                                    call.inputs().toArray(Value[]::new))));
        }
        return rows;
    }

    private static Value multiply(TensorflowCall call, String left, String right) {
        return call.node("MatMul", matrix(call, 0, left), matrix(call, 1, right));
    }

    private static Value matrix(TensorflowCall call, int index, String transposed) {
        Value value = call.input(index);
        return call.attributes().flag(transposed) ? CommonNodes.swapAxes(call.graph(), value, -2, -1) : value;
    }
}
