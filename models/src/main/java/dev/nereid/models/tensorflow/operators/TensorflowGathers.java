package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.results;
import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Elements by their places, and places of elements. */
final class TensorflowGathers {
    private TensorflowGathers() {}

    static List<TensorflowOperator> all() {
        AttributeDefaults batched = AttributeDefaults.NONE.integer("batch_dims", 0);
        return List.of(
                row("Gather", call -> call.node("Gather", call.input(0), index(call))),
                row(
                        "ResourceGather",
                        batched,
                        call -> gather(call, call.attributes().integer("batch_dims"))),
                row("GatherV2", batched, call -> gather(call, call.integer(2))),
                row(
                        "GatherNd",
                        call -> call.node(
                                "GatherND", call.input(0), call.graph().cast(call.input(1), DataType.INT64))),
                row(
                        "ResourceGatherNd",
                        call -> call.node(
                                "GatherND", call.input(0), call.graph().cast(call.input(1), DataType.INT64))),
                row("Where", call -> CommonNodes.transpose(call.graph(), call.node("NonZero", call.input(0)), 1, 0)),
                row("OneHot", AttributeDefaults.NONE.integer("axis", -1), TensorflowGathers::oneHot),
                row(
                        "InvertPermutation",
                        call -> call.graph()
                                .cast(
                                        call.graph()
                                                .nodes(
                                                        "",
                                                        "TopK",
                                                        2,
                                                        OnnxAttributes.integer("axis", 0)
                                                                .with("largest", OnnxAttributes.integerValue(0)),
                                                        List.of(
                                                                Optional.of(call.input(0)),
                                                                Optional.of(call.node("Shape", call.input(0)))))
                                                .get(1),
                                        call.dataType(0))),
                results("DynamicPartition", AttributeDefaults.NONE, TensorflowGathers::partition));
    }

    private static Value index(TensorflowCall call) {
        return switch (call.dataType(1)) {
            case INT32, INT64 -> call.input(1);
            default -> call.graph().cast(call.input(1), DataType.INT64);
        };
    }

    private static Value gather(TensorflowCall call, long axisGiven) {
        GraphBuilder graph = call.graph();
        if (!graph.type(call.input(0)).hasRank()
                && axisGiven == 0
                && call.attributes().integer("batch_dims") == 0) {
            return call.node("Gather", call.input(0), index(call));
        }
        int rank = call.rank(0);
        int axis = TensorflowCall.axis(axisGiven, rank);
        long batch = call.attributes().integer("batch_dims");
        if (batch == 0) {
            return graph.node("Gather", OnnxAttributes.integer("axis", axis), call.input(0), index(call));
        }
        int indexRank = call.rank(1);
        batch = batch < 0 ? batch + indexRank : batch;
        if (batch < 0 || batch > axis || batch > indexRank) {
            throw new ModelFormatException(
                    "batch_dims " + batch + " is impossible for axis " + axis + " of rank " + rank);
        }
        // The gathered axis directly behind the batch, and the axes between them behind the indices afterwards.
        List<Long> order = new ArrayList<>(LongStream.range(0, rank).boxed().toList());
        order.remove(axis);
        order.add((int) batch, (long) axis);
        Value data = CommonNodes.transpose(
                graph, call.input(0), order.stream().mapToLong(Long::longValue).toArray());
        Value places = CommonNodes.unsqueeze(graph, graph.cast(call.input(1), DataType.INT64), indexRank);
        Value found = graph.node("GatherND", OnnxAttributes.integer("batch_dims", batch), data, places);
        int between = axis - (int) batch;
        if (between == 0) {
            return found;
        }
        int foundRank = indexRank + rank - (int) batch - 1;
        long[] back = new long[foundRank];
        int next = 0;
        for (int i = 0; i < batch; i++) {
            back[next++] = i;
        }
        for (int i = 0; i < between; i++) {
            back[next++] = (long) indexRank + i;
        }
        for (int i = (int) batch; i < indexRank; i++) {
            back[next++] = i;
        }
        for (int i = indexRank + between; i < foundRank; i++) {
            back[next++] = i;
        }
        return CommonNodes.transpose(graph, found, back);
    }

    /** An index outside of the depth gives no one. */
    private static Value oneHot(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        int rank = call.rank(0) + 1;
        int axis = TensorflowCall.axis(call.attributes().integer("axis"), rank);
        DataType type = call.dataType(0);
        Value depth = graph.node("Reshape", graph.cast(call.input(1), DataType.INT64), graph.integers());
        Value numbers = graph.cast(
                graph.node("Range", graph.scalar(0L, DataType.INT64), depth, graph.scalar(1L, DataType.INT64)), type);
        if (axis < rank - 1) {
            numbers = CommonNodes.unsqueeze(
                    graph, numbers, LongStream.range(1, rank - axis).toArray());
        }
        Value hot = graph.node("Equal", CommonNodes.unsqueeze(graph, call.input(0), axis), numbers);
        return graph.node("Where", hot, call.input(2), call.input(3));
    }

    private static List<Value> partition(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        long count = call.attributes().integer("num_partitions");
        if (count < 1 || count > 1 << 12 || call.rank(1) != 1) {
            throw new ModelFormatException(
                    count + " partitions by a tensor of rank " + call.rank(1) + " are not supported: expected rank 1");
        }
        List<Value> parts = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            Value member = graph.node("Equal", call.input(1), graph.scalar(i, call.dataType(1)));
            parts.add(graph.node("Compress", OnnxAttributes.integer("axis", 0), call.input(0), member));
        }
        return parts;
    }
}
