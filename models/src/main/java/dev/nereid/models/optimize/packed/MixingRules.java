package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Operators that may put the tokens of a text together, pick some, or count them: in forms that know where texts end. */
final class MixingRules {
    /** The first opset whose Slice has inputs in place of attributes. */
    private static final int SLICE_INPUTS = 10;

    private MixingRules() {}

    /** Over the tokens, each text alone; over other axes as it is. */
    static void reduce(Node node, PackedGraph graph) {
        Value x = node.input(0).orElseThrow();
        int rank = graph.rank(x);
        int axis = RowRules.axis(node, x, graph);
        long[] axes = node.input(1)
                .map(input -> graph.numbers(input).orElseThrow(() -> new PackingRefusal(node, "has unknown axes")))
                .or(() -> node.attributes().integers("axes"))
                .orElse(new long[0]);
        boolean keep = node.attributes().integer("keepdims", 1) != 0;
        if (axes.length == 0) {
            throw new PackingRefusal(node, "puts everything together");
        }
        boolean[] reduced = new boolean[rank];
        for (long each : axes) {
            reduced[RowRules.position(each, rank)] = true;
        }
        if (!reduced[axis]) {
            int gone = 0;
            for (int i = 0; i < axis; i++) {
                gone += reduced[i] && !keep ? 1 : 0;
            }
            graph.keep(node, RowRules.moved(graph.packedValue(x), axis - gone));
            return;
        }
        boolean hasPlace = keep || (axis > 0 && !reduced[0]);
        requireTokensInFront(node, x, axis, hasPlace, graph);
        graph.addSegmented(
                node,
                "Segment" + node.operator(),
                List.of(x, graph.ends()),
                new Attributes(Map.of(
                        "axis", new Attribute.Int(axis),
                        "axes", new Attribute.Ints(Arrays.stream(axes).boxed().toList()),
                        "keepdims", new Attribute.Int(keep ? 1 : 0))),
                new PackedValue.Texts(0));
    }

    /** Rows of a shared table for tokens, or rows of each token, or the first or last token of each text. */
    static void gather(Node node, PackedGraph graph) {
        Value data = node.input(0).orElseThrow();
        Value indices = node.input(1).orElseThrow();
        int along = RowRules.position(node.attributes().integer("axis", 0), graph.rank(data));
        if (graph.isSame(data)) {
            int axis = along + RowRules.axis(node, indices, graph);
            graph.keep(node, RowRules.moved(graph.packedValue(indices), axis));
            return;
        }
        int axis = RowRules.axis(node, data, graph);
        if (!graph.isSame(indices)) {
            throw new PackingRefusal(node, "picks tokens by what other tokens say");
        }
        if (axis != along) {
            int added = graph.rank(indices) - 1;
            graph.keep(node, RowRules.moved(graph.packedValue(data), along < axis ? axis + added : axis));
            return;
        }
        Optional<long[]> picked = graph.numbers(indices).filter(numbers -> numbers.length == 1);
        boolean first = picked.isPresent() && picked.get()[0] == 0;
        boolean last = picked.isPresent() && picked.get()[0] == -1;
        if ((!first && !last) || graph.rank(indices) > 1) {
            throw new PackingRefusal(node, "picks tokens other than the first or the last");
        }
        pick(node, data, axis, last, graph.rank(indices) == 1, graph);
    }

    static void slice(Node node, PackedGraph graph) {
        Value data = node.input(0).orElseThrow();
        List<Cut> cuts = cuts(node, graph.rank(data), graph::content);
        if (graph.isSame(data)) {
            positions(node, data, cuts, graph);
            return;
        }
        int axis = RowRules.axis(node, data, graph);
        if (cuts.stream().anyMatch(cut -> cut.axis() == axis)) {
            throw new PackingRefusal(node, "cuts a text");
        }
        graph.keep(node, graph.packedValue(data));
    }

    /** 0, 1, 2 and so on up to the length: the places of the tokens. */
    static void range(Node node, PackedGraph graph) {
        Value y = node.output(0).orElseThrow();
        boolean counts = graph.numbers(node.input(0).orElseThrow())
                        .filter(start -> start[0] == 0)
                        .isPresent()
                && graph.content(node.input(1).orElseThrow())
                        .filter(limit -> graph.isLength(limit.getFirst()))
                        .isPresent()
                && graph.numbers(node.input(2).orElseThrow())
                        .filter(step -> step[0] == 1)
                        .isPresent()
                && graph.type(y).dataType() == DataType.INT64;
        if (!counts) {
            throw new PackingRefusal(node, "makes other numbers from a text's length than the places of its tokens");
        }
        graph.add(node, "Identity", List.of(graph.positions()), Attributes.NONE, y);
        graph.define(node, y, new PackedValue.Rows(0));
    }

    /** Attention of the tokens of each text with one another. */
    static void attention(Node node, PackedGraph graph) {
        boolean joined = node.operator().equals("FusedSelfAttention");
        if (node.attributes().integers("places").isPresent()) {
            throw new PackingRefusal(node, "attends with heads that have an axis of their own");
        }
        int projections = joined ? 1 : 3;
        List<Value> inputs = new ArrayList<>();
        for (int input = 0; input < projections; input++) {
            Value value = node.input(input).orElseThrow();
            if (!graph.packedValue(value).equals(new PackedValue.Rows(1))
                    || !graph.dim(value, 0).is(1)) {
                throw new PackingRefusal(node, "attends with what is not a row for each token: '" + value.name() + "'");
            }
            inputs.add(value);
        }
        inputs.add(graph.ends());
        node.input(projections).ifPresent(mask -> inputs.add(mask(node, mask, graph)));
        graph.addSegmented(
                node,
                joined ? "SegmentSelfAttention" : "SegmentAttention",
                inputs,
                node.attributes(),
                new PackedValue.Rows(1));
    }

    /** A mask that has a number for every key, the same for all queries. */
    private static Value mask(Node node, Value mask, PackedGraph graph) {
        boolean fits = graph.packedValue(mask).equals(new PackedValue.Rows(3))
                && graph.rank(mask) == 4
                && graph.dim(mask, 0).is(1)
                && graph.dim(mask, 2).is(1);
        if (!fits) {
            throw new PackingRefusal(node, "has a mask that is not a number for every key: " + graph.type(mask));
        }
        return mask;
    }

    private static void pick(Node node, Value data, int axis, boolean last, boolean keep, PackedGraph graph) {
        requireTokensInFront(node, data, axis, keep || axis > 0, graph);
        if (graph.type(data).dataType() == DataType.STRING) {
            throw new PackingRefusal(node, "picks strings");
        }
        graph.addSegmented(
                node,
                "SegmentPick",
                List.of(data, graph.ends()),
                new Attributes(Map.of(
                        "axis", new Attribute.Int(axis),
                        "last", new Attribute.Int(last ? 1 : 0),
                        "keepdims", new Attribute.Int(keep ? 1 : 0))),
                new PackedValue.Texts(0));
    }

    /**
     * What puts the tokens of a text together reads them in one piece, and makes a row of texts in the first dim.
     *
     * @param hasPlace whether what a single text gives has a first dim of 1
     */
    private static void requireTokensInFront(Node node, Value x, int axis, boolean hasPlace, PackedGraph graph) {
        boolean rows = graph.packedValue(x) instanceof PackedValue.Rows;
        if (!rows || graph.before(x, axis) != 1 || !hasPlace) {
            throw new PackingRefusal(node, "puts tokens together that do not lie in one piece: " + graph.type(x));
        }
    }

    /** The beginning of a table that all texts share, as long as a text: the rows of the tokens' places. */
    private static void positions(Node node, Value table, List<Cut> cuts, PackedGraph graph) {
        Value y = node.output(0).orElseThrow();
        Cut cut = cuts.getFirst();
        boolean fits = cuts.size() == 1
                && cut.start().is(0)
                && cut.step().is(1)
                && graph.isLength(cut.end())
                && graph.dim(table, cut.axis()).isKnown();
        if (!fits) {
            throw new PackingRefusal(
                    node, "cuts a table by a text's length, but not from its beginning to that length");
        }
        graph.cap(graph.dim(y, cut.axis()), graph.dim(table, cut.axis()).value());
        graph.add(
                node,
                "Gather",
                List.of(graph.made(table), graph.positions()),
                new Attributes(Map.of("axis", new Attribute.Int(cut.axis()))),
                y);
        graph.define(node, y, new PackedValue.Rows(cut.axis()));
    }

    /** What a Slice takes of one axis. */
    record Cut(int axis, Dim start, Dim end, Dim step) {
        /** Whether it is this one and no other, whatever is cut. */
        boolean isFirst() {
            return start.is(0) && end.is(1) && step.is(1);
        }
    }

    /**
     * What a Slice takes.
     *
     * @param contents what small integer values hold
     * @throws Refusal if that is not known
     */
    static List<Cut> cuts(Node node, int rank, Function<Value, Optional<List<Dim>>> contents) {
        List<Dim> starts = list(node, "starts", 1, contents).orElseThrow(() -> unknown(node));
        List<Dim> ends = list(node, "ends", 2, contents).orElseThrow(() -> unknown(node));
        Optional<List<Dim>> axes = list(node, "axes", 3, contents);
        Optional<List<Dim>> steps = list(node, "steps", 4, contents);
        List<Cut> cuts = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            int at = i;
            Dim axis = axes.map(list -> list.get(at)).orElse(Dim.of(at));
            if (!axis.isKnown()) {
                throw unknown(node);
            }
            cuts.add(new Cut(
                    RowRules.position(axis.value(), rank),
                    starts.get(i),
                    ends.get(i),
                    steps.map(list -> list.get(at)).orElse(Dim.of(1))));
        }
        return cuts;
    }

    private static PackingRefusal unknown(Node node) {
        return new PackingRefusal(node, "cuts at places that only a run knows");
    }

    private static Optional<List<Dim>> list(
            Node node, String attribute, int input, Function<Value, Optional<List<Dim>>> contents) {
        if (node.opset() < SLICE_INPUTS) {
            return node.attributes()
                    .integers(attribute)
                    .map(values -> Arrays.stream(values).mapToObj(Dim::of).toList());
        }
        return node.input(input).map(value -> contents.apply(value).orElseThrow(() -> unknown(node)));
    }
}
