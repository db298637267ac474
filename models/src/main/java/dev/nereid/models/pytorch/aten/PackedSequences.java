package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Sequences of different lengths, longest first, in the form without padding: first the tokens at place 0 of all
 * sequences, then those at place 1 of the sequences that are so long, and so on.
 *
 * @param inside which places of [tokens, batch] hold a token: BOOL
 */
record PackedSequences(AtenGraph graph, Value inside) {
    /** @param lengths INT64 [batch], longest first */
    static PackedSequences ofLengths(AtenGraph graph, Value lengths, Argument tokens) {
        Value places = CommonNodes.unsqueeze(graph, SizedNodes.range(graph, tokens), 1);
        Value all =
                new PackedSequences(graph, graph.node("Less", places, graph.cast(lengths, DataType.INT64))).inside();
        // Places that no sequence has are not packed: the longest ends the batch sizes.
        Value longest = CommonNodes.reduce(graph, "ReduceMax", graph.cast(lengths, DataType.INT64), true, 0);
        return new PackedSequences(graph, graph.node("Slice", all, graph.integers(0), longest, graph.integers(0)));
    }

    /** @param batchSizes for each place how many sequences have it: INT64 [tokens] */
    static PackedSequences ofBatchSizes(AtenGraph graph, Value batchSizes) {
        Value most = CommonNodes.slice(graph, batchSizes, 0, 0, 1);
        Value items = SizedNodes.range(graph, graph.integerArgument(most));
        return new PackedSequences(graph, graph.node("Less", items, CommonNodes.unsqueeze(graph, batchSizes, 1)));
    }

    Value batchSizes() {
        return count(1);
    }

    /** INT64 [batch]. */
    Value lengths() {
        return count(0);
    }

    private Value count(int axis) {
        return CommonNodes.reduce(graph, "ReduceSum", graph.cast(inside, DataType.INT64), false, axis);
    }

    /** The places of the tokens in order: INT64 [all, 2]. */
    private Value places() {
        return CommonNodes.transpose(graph, graph.node("NonZero", inside), 1, 0);
    }

    /** [tokens, batch, ...] to [all, ...]. */
    Value pack(Value padded) {
        return graph.node("GatherND", padded, places());
    }

    /** [all, ...] to [tokens, batch, ...]. */
    Value pad(Value packed, double padding) {
        List<Argument> sizes = new ArrayList<>(SizedNodes.sizes(graph, inside));
        List<Argument> behind = SizedNodes.sizes(graph, packed);
        sizes.addAll(behind.subList(1, behind.size()));
        Value empty = SizedNodes.filled(graph, padding, graph.dataType(packed), sizes);
        return graph.node("ScatterND", new Attributes(Map.of()), empty, places(), packed);
    }
}
