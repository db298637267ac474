package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;

/** Bands, diagonals and determinants of matrices, which are the last two axes of tensors. */
final class TensorflowMatrices {
    private TensorflowMatrices() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("MatrixBandPart", TensorflowMatrices::band),
                row("MatrixDiag", TensorflowMatrices::diagonalMatrix),
                row("MatrixDiagPart", TensorflowMatrices::diagonal),
                row("MatrixDiagV2", call -> main(call, TensorflowMatrices::diagonalMatrix)),
                row("MatrixDiagV3", call -> main(call, TensorflowMatrices::diagonalMatrix)),
                row("MatrixDiagPartV2", call -> main(call, TensorflowMatrices::diagonal)),
                row("MatrixDiagPartV3", call -> main(call, TensorflowMatrices::diagonal)),
                row("MatrixDeterminant", call -> call.node("Det", call.input(0))));
    }

    /** Row and column of each element of matrices like a value, as broadcasting INT64. */
    private static Value places(GraphBuilder graph, Value value, int axis) {
        int rank = graph.rank(value);
        if (rank < 2) {
            throw new ModelFormatException("a tensor of rank " + rank + " has no matrices");
        }
        Value length = graph.node(
                "Reshape",
                graph.node(
                        "Shape",
                        OnnxAttributes.integer("start", rank + axis)
                                .with("end", OnnxAttributes.integerValue(rank + axis + 1)),
                        value),
                graph.integers());
        Value range = graph.node("Range", graph.scalar(0L, DataType.INT64), length, graph.scalar(1L, DataType.INT64));
        return axis == -2 ? CommonNodes.unsqueeze(graph, range, 1) : range;
    }

    /** Elements no further below and above the diagonal than two numbers say; a negative one is any distance. */
    private static Value band(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        Value value = call.input(0);
        Value below = graph.node("Sub", places(graph, value, -2), places(graph, value, -1));
        Value kept = graph.node(
                "And", within(graph, below, call.longs(1)), within(graph, graph.node("Neg", below), call.longs(2)));
        return graph.node("Where", kept, value, graph.scalar(0L, graph.dataType(value)));
    }

    private static Value within(GraphBuilder graph, Value distance, Value limit) {
        Value any = graph.node("Less", limit, graph.integers(0));
        return graph.node("Or", any, graph.node("LessOrEqual", distance, limit));
    }

    /** Of the main diagonal: the second input is the number of the diagonal, or the first and the last one. */
    private static Value main(TensorflowCall call, Function<TensorflowCall, Value> lowering) {
        if (LongStream.of(call.integers(1)).anyMatch(number -> number != 0)) {
            throw new ModelFormatException("it is of other diagonals than the main one: only that is supported");
        }
        if (call.node().operator().startsWith("MatrixDiagV") && (call.integer(2) != -1 || call.integer(3) != -1)) {
            throw new ModelFormatException(
                    "it gives the number of rows or columns: only square matrices are supported");
        }
        return lowering.apply(call);
    }

    private static Value diagonalMatrix(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        Value columns = CommonNodes.unsqueeze(graph, call.input(0), call.rank(0));
        Value rows = CommonNodes.unsqueeze(graph, call.input(0), call.rank(0) - 1);
        Value zero = graph.scalar(0L, call.dataType(0));
        Value row = places(graph, columns, -2);
        Value on = graph.node("Equal", row, places(graph, rows, -1));
        return graph.node("Where", on, columns, zero);
    }

    /** Of the leading square of each matrix. */
    private static Value diagonal(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        Value value = call.input(0);
        Value on = graph.node("Equal", places(graph, value, -2), places(graph, value, -1));
        Value zero = graph.scalar(0L, graph.dataType(value));
        Value sum = CommonNodes.reduce(graph, "ReduceSum", graph.node("Where", on, value, zero), false, -2);
        Value rows = graph.node(
                "Shape",
                OnnxAttributes.integer("start", call.rank(0) - 2)
                        .with("end", OnnxAttributes.integerValue(call.rank(0) - 1)),
                value);
        return graph.node("Slice", sum, graph.integers(0), rows, graph.integers(-1));
    }
}
