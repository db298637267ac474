package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Elements put around a tensor, and elements repeated one by one. */
final class AtenPadding {
    /** The modes in the order of the numbers that {@code _pad_enum} knows them by. */
    private static final List<String> MODES = List.of("reflect", "replicate", "circular", "constant");

    private AtenPadding() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        for (int axes = 1; axes <= 3; axes++) {
            String pads = axes + "d(Tensor self, SymInt[" + 2 * axes + "] padding) -> Tensor";
            rows.add(row("reflection_pad" + pads, call -> padded(call, call.sizes("padding"), "reflect")));
            rows.add(row("replication_pad" + pads, call -> padded(call, call.sizes("padding"), "replicate")));
        }
        rows.addAll(List.of(
                row(
                        "constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
                        call -> padded(call, call.sizes("pad"), "constant")),
                row(
                        "pad(Tensor self, SymInt[] pad, str mode='constant', float? value=None) -> Tensor",
                        call -> padded(call, call.sizes("pad"), call.text("mode"))),
                row(
                        "_pad_circular(Tensor self, SymInt[] pad) -> Tensor",
                        call -> padded(call, call.sizes("pad"), "circular")),
                row("_pad_enum(Tensor self, SymInt[] pad, int mode, float? value=None) -> Tensor", call -> {
                    long mode = call.integer("mode");
                    if (mode < 0 || mode >= MODES.size()) {
                        throw call.wrong("mode", "a number of a mode of padding");
                    }
                    return padded(call, call.sizes("pad"), MODES.get((int) mode));
                }),
                row(
                        "repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt?"
                                + " output_size=None) -> Tensor",
                        AtenPadding::repeatedEqually),
                row(
                        "repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt?"
                                + " output_size=None) -> Tensor",
                        AtenPadding::repeated),
                row(
                        "repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor",
                        call -> sources(call.graph(), call.tensor("repeats")))));
        return rows;
    }

    /** pads: before and behind the last axis, then the one before it, and so on. */
    private static Value padded(AtenCall call, List<Argument> pads, String mode) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int rank = graph.rank(self);
        if (pads.size() % 2 != 0 || pads.size() > 2 * rank) {
            throw new ModelFormatException(pads.size() + " pads for a tensor of rank " + rank);
        }
        List<Argument> ordered = new ArrayList<>(Collections.nCopies(2 * rank, Argument.of(0)));
        for (int i = 0; i < pads.size() / 2; i++) {
            ordered.set(rank - 1 - i, pads.get(2 * i));
            ordered.set(2 * rank - 1 - i, pads.get(2 * i + 1));
        }
        Value amounts = graph.integers(ordered);
        return switch (mode) {
            case "constant" -> {
                DataType type = graph.dataType(self);
                boolean given = call.schema().parameter("value").isPresent() && call.has("value");
                Value value = given ? TypePromotion.value(call, "value", type) : graph.scalar(0L, type);
                yield graph.node("Pad", self, amounts, value);
            }
            case "reflect" -> graph.node("Pad", OnnxAttributes.text("mode", "reflect"), self, amounts);
            case "replicate" -> graph.node("Pad", OnnxAttributes.text("mode", "edge"), self, amounts);
            case "circular" -> graph.node("Pad", OnnxAttributes.text("mode", "wrap"), self, amounts);
            default -> throw new ModelFormatException("the mode of padding '" + mode + "' is not known");
        };
    }

    private static Value repeatedEqually(AtenCall call) {
        AtenGraph graph = call.graph();
        SizeArithmetic sizes = new SizeArithmetic(graph);
        Value self = flatWithoutAxis(call);
        int axis = call.has("dim") ? call.axis("dim", self) : 0;
        List<Argument> shape = new ArrayList<>(sizes.sizes(self));
        Argument repeats = call.argument("repeats");
        Value column = graph.node("Unsqueeze", self, graph.integers(axis + 1L));
        List<Argument> counts = new ArrayList<>(Collections.nCopies(shape.size() + 1, Argument.of(1)));
        counts.set(axis + 1, repeats);
        Value tiled = graph.node("Tile", column, graph.integers(counts));
        shape.set(axis, sizes.multiply(shape.get(axis), repeats));
        return ViewMapping.reshape(graph, tiled, shape);
    }

    private static Value flatWithoutAxis(AtenCall call) {
        Value self = call.tensor("self");
        return call.has("dim") && call.graph().rank(self) > 0
                ? self
                : call.graph().node("Reshape", self, call.graph().integers(-1));
    }

    private static Value repeated(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = flatWithoutAxis(call);
        int axis = call.has("dim") ? call.axis("dim", self) : 0;
        Value repeats = graph.node("Expand", call.tensor("repeats"), graph.integers(List.of(graph.size(self, axis))));
        return graph.node("Gather", OnnxAttributes.integer("axis", axis), self, sources(graph, repeats));
    }

    /** Which element each element of the result repeats: the number of those whose copies all lie before it. */
    private static Value sources(AtenGraph graph, Value repeats) {
        Value counts = graph.cast(repeats, DataType.INT64);
        Value ends = graph.node("CumSum", counts, graph.scalar(0L, DataType.INT64));
        Value total = Axes.reduce(graph, "ReduceSum", counts, new int[] {0}, true);
        Value places = new SizeArithmetic(graph).range(graph.integerArgument(total));
        Value before = graph.node(
                "LessOrEqual",
                graph.node("Unsqueeze", ends, graph.integers(0)),
                graph.node("Unsqueeze", places, graph.integers(1)));
        return Axes.reduce(graph, "ReduceSum", graph.cast(before, DataType.INT64), new int[] {1}, false);
    }
}
