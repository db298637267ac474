package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that are others in a row: losses, distances, and tensors put together. */
final class AtenCompositions {
    private static final String REDUCTION = ", int reduction=Mean";
    private static final int MEAN = 1;
    private static final int SUM = 2;
    /** Each is some nodes of the graph. */
    private static final long MOST_DIFFERENCES = 64;

    private AtenCompositions() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        losses(rows);
        distances(rows);
        shapes(rows);
        return rows;
    }

    private static void losses(List<AtenOperator> rows) {
        String pair = "(Tensor self, Tensor target" + REDUCTION;
        rows.add(row("mse_loss" + pair + ") -> Tensor", call -> {
            Value difference = difference(call);
            return reduced(call, call.graph().node("Mul", difference, difference));
        }));
        rows.add(row(
                "l1_loss" + pair + ") -> Tensor",
                call -> reduced(call, call.graph().node("Abs", difference(call)))));
        rows.add(row("smooth_l1_loss" + pair + ", float beta=1.0) -> Tensor", call -> {
            double beta = call.real("beta");
            return reduced(call, bowl(call, beta, 0.5 / Math.max(beta, Double.MIN_NORMAL), 1, 0.5 * beta));
        }));
        rows.add(row("huber_loss" + pair + ", float delta=1.0) -> Tensor", call -> {
            double delta = call.real("delta");
            return reduced(call, bowl(call, delta, 0.5, delta, 0.5 * delta * delta));
        }));
        rows.add(row("kl_div" + pair + ", *, bool log_target=False) -> Tensor", call -> {
            AtenGraph graph = call.graph();
            Value target = call.tensor("target");
            if (call.flag("log_target")) {
                Value difference = graph.node("Sub", target, call.tensor("self"));
                return reduced(call, graph.node("Mul", graph.node("Exp", target), difference));
            }
            Value own = aten(graph, "xlogy", Argument.OfTensor.of(target), Argument.OfTensor.of(target));
            return reduced(call, graph.node("Sub", own, graph.node("Mul", target, call.tensor("self"))));
        }));
    }

    private static Value difference(AtenCall call) {
        return call.graph().node("Sub", call.tensor("self"), call.tensor("target"));
    }

    /** {@code square * d * d} for differences below a limit, {@code slope * |d| - offset} for others. */
    private static Value bowl(AtenCall call, double limit, double square, double slope, double offset) {
        AtenGraph graph = call.graph();
        Value distance = graph.node("Abs", difference(call));
        DataType type = graph.dataType(distance);
        Value line =
                graph.node("Sub", graph.node("Mul", distance, graph.scalar(slope, type)), graph.scalar(offset, type));
        if (limit == 0) {
            return line;
        }
        Value curve = graph.node("Mul", graph.node("Mul", distance, distance), graph.scalar(square, type));
        return graph.node("Where", graph.node("Less", distance, graph.scalar(limit, type)), curve, line);
    }

    private static Value reduced(AtenCall call, Value each) {
        return switch ((int) call.integer("reduction")) {
            case MEAN -> call.graph().node("ReduceMean", OnnxAttributes.integer("keepdims", 0), each);
            case SUM -> call.graph().node("ReduceSum", OnnxAttributes.integer("keepdims", 0), each);
            default -> each;
        };
    }

    private static void distances(List<AtenOperator> rows) {
        rows.add(row("cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor", call -> {
            AtenGraph graph = call.graph();
            Value left = call.tensor("x1");
            Value right = call.tensor("x2");
            int axis = call.axis("dim", graph.rank(left) >= graph.rank(right) ? left : right);
            int fromEnd = axis - Math.max(graph.rank(left), graph.rank(right));
            Value product = graph.node("Mul", direction(call, left, fromEnd), direction(call, right, fromEnd));
            return CommonNodes.reduce(graph, "ReduceSum", product, false, fromEnd);
        }));
        rows.add(row(
                "pairwise_distance(Tensor x1, Tensor x2, float p=2, float eps=1e-06, bool keepdim=False) -> Tensor",
                call -> {
                    AtenGraph graph = call.graph();
                    Value apart = graph.node("Sub", call.tensor("x1"), call.tensor("x2"));
                    Value moved = graph.node("Add", apart, graph.scalar(call.real("eps"), graph.dataType(apart)));
                    return aten(
                            graph,
                            "linalg_vector_norm",
                            Argument.OfTensor.of(moved),
                            call.argument("p"),
                            Argument.of(List.of(-1L)),
                            call.argument("keepdim"));
                }));
        rows.add(row("dist(Tensor self, Tensor other, Scalar p=2) -> Tensor", call -> {
            AtenGraph graph = call.graph();
            return aten(
                    graph,
                    "linalg_vector_norm",
                    Argument.OfTensor.of(graph.node("Sub", call.tensor("self"), call.tensor("other"))),
                    call.argument("p"));
        }));
        rows.add(row("linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor", call -> {
            AtenGraph graph = call.graph();
            Value product = graph.node("Mul", call.tensor("x"), call.tensor("y"));
            return CommonNodes.reduce(graph, "ReduceSum", product, false, call.axis("dim", product));
        }));
        rows.add(row(
                "linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor",
                call -> cross(call, call.axis("dim", call.tensor("self")))));
        rows.add(row(
                "cross(Tensor self, Tensor other, int? dim=None) -> Tensor",
                call -> cross(call, call.has("dim") ? call.axis("dim", call.tensor("self")) : axisOfThree(call))));
    }

    /** Vectors of length 1; none is divided by less than eps. */
    private static Value direction(AtenCall call, Value vectors, int axis) {
        AtenGraph graph = call.graph();
        Value length = CommonNodes.reduce(graph, "ReduceL2", vectors, true, axis);
        Value divisor = graph.node("Max", length, graph.scalar(call.real("eps"), graph.dataType(length)));
        return graph.node("Div", vectors, divisor);
    }

    private static int axisOfThree(AtenCall call) {
        Value self = call.tensor("self");
        for (int axis = 0; axis < call.graph().rank(self); axis++) {
            if (call.graph().dim(self, axis).isKnown()
                    && call.graph().dim(self, axis).value() == 3) {
                return axis;
            }
        }
        throw call.wrong("self", "a tensor that has 3 places on an axis");
    }

    private static Value cross(AtenCall call, int axis) {
        AtenGraph graph = call.graph();
        Value a = call.tensor("self");
        Value b = call.tensor("other");
        return graph.node(
                "Sub",
                graph.node("Mul", turned(graph, a, axis, 1), turned(graph, b, axis, 2)),
                graph.node("Mul", turned(graph, a, axis, 2), turned(graph, b, axis, 1)));
    }

    /** The places of an axis of 3 from one of them on, around the end. */
    private static Value turned(AtenGraph graph, Value value, int axis, long by) {
        return graph.node(
                "Gather",
                OnnxAttributes.integer("axis", axis),
                value,
                graph.integers(by % 3, (by + 1) % 3, (by + 2) % 3));
    }

    private static void shapes(List<AtenOperator> rows) {
        for (int rank = 1; rank <= 3; rank++) {
            int least = rank;
            rows.add(row(
                    "atleast_" + rank + "d(Tensor self) -> Tensor",
                    call -> atLeast(call.graph(), call.tensor("self"), least)));
            rows.add(results(
                    "atleast_" + rank + "d.Sequence(Tensor[] tensors) -> Tensor[]",
                    call -> List.of(new Argument.OfList(call.tensors("tensors").stream()
                            .<Argument>map(each -> Argument.OfTensor.of(atLeast(call.graph(), each, least)))
                            .toList()))));
        }
        rows.add(row(
                "diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor", call -> {
                    AtenGraph graph = call.graph();
                    int axis = call.axis("dim", call.tensor("self"));
                    List<Value> parts = new ArrayList<>();
                    call.optionalTensor("prepend").ifPresent(parts::add);
                    parts.add(call.tensor("self"));
                    call.optionalTensor("append").ifPresent(parts::add);
                    Value value = CommonNodes.concat(graph, axis, parts);
                    if (call.integer("n") > MOST_DIFFERENCES) {
                        throw call.wrong("n", "at most " + MOST_DIFFERENCES);
                    }
                    for (long i = 0; i < call.integer("n"); i++) {
                        value = graph.node(
                                "Sub",
                                CommonNodes.slice(graph, value, axis, 1, Long.MAX_VALUE),
                                CommonNodes.slice(graph, value, axis, 0, -1));
                    }
                    return value;
                }));
        rows.add(row("trace(Tensor self) -> Tensor", call -> {
            Value diagonal = aten(call.graph(), "diagonal", call.argument("self"));
            return aten(call.graph(), "sum", Argument.OfTensor.of(diagonal));
        }));
        rows.add(row("_safe_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", call -> {
            AtenGraph graph = call.graph();
            Value self = call.tensor("self");
            Value softmax = aten(graph, "softmax", call.argument("self"), call.argument("dim"), call.argument("dtype"));
            Value greatest = CommonNodes.reduce(graph, "ReduceMax", self, true, call.axis("dim", self));
            Value masked = graph.node("Equal", greatest, graph.scalar(Double.NEGATIVE_INFINITY, graph.dataType(self)));
            return graph.node("Where", masked, graph.scalar(0.0, graph.dataType(softmax)), softmax);
        }));
        rows.add(row("conv_tbc(Tensor self, Tensor weight, Tensor bias, int pad=0) -> Tensor", call -> {
            AtenGraph graph = call.graph();
            Value convolved = graph.node(
                    "Conv",
                    OnnxAttributes.integers("pads", call.integer("pad"), call.integer("pad")),
                    CommonNodes.transpose(graph, call.tensor("self"), 1, 2, 0),
                    CommonNodes.transpose(graph, call.tensor("weight"), 2, 1, 0),
                    call.tensor("bias"));
            return CommonNodes.transpose(graph, convolved, 2, 0, 1);
        }));
        rows.add(row(
                "max_unpool2d(Tensor self, Tensor indices, SymInt[2] output_size) -> Tensor",
                call -> unpooled(call, 2)));
        rows.add(row(
                "max_unpool3d(Tensor self, Tensor indices, SymInt[3] output_size, int[3] stride, int[3] padding) -> Tensor",
                call -> unpooled(call, 3)));
    }

    private static Value atLeast(AtenGraph graph, Value value, int rank) {
        return switch (rank - graph.rank(value)) {
            case 1 -> CommonNodes.unsqueeze(graph, value, rank == 3 ? 2 : 0);
            case 2 -> CommonNodes.unsqueeze(graph, value, rank == 3 ? new long[] {0, 2} : new long[] {0, 1});
            case 3 -> CommonNodes.unsqueeze(graph, value, 0, 1, 2);
            default -> value;
        };
    }

    /** Zeros, with the elements where pooling has found them in their plane. */
    private static Value unpooled(AtenCall call, int axes) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value indices = call.tensor("indices");
        boolean alone = graph.rank(self) == axes + 1;
        Value batch = alone ? CommonNodes.unsqueeze(graph, self, 0) : self;
        Value places = alone ? CommonNodes.unsqueeze(graph, indices, 0) : indices;
        List<Argument> sizes = call.sizes("output_size");
        Argument cells = Argument.of(1L);
        for (Argument size : sizes.subList(0, axes)) {
            cells = SizedNodes.times(graph, cells, size);
        }
        Argument items = graph.size(batch, 0);
        Argument channels = graph.size(batch, 1);
        Value empty = SizedNodes.filled(graph, 0, graph.dataType(self), List.of(items, channels, cells));
        Value whole = graph.node(
                "ScatterElements",
                OnnxAttributes.integer("axis", 2),
                empty,
                CommonNodes.reshape(graph, places, 0, 0, -1),
                CommonNodes.reshape(graph, batch, 0, 0, -1));
        List<Argument> shape = new ArrayList<>(alone ? List.of(channels) : List.of(items, channels));
        shape.addAll(sizes.subList(0, axes));
        return SizedNodes.reshape(graph, whole, shape);
    }

    /** The one tensor that an operator of {@code aten::} gives. */
    private static Value aten(AtenGraph graph, String operator, Argument... arguments) {
        return AtenTable.one(graph, operator, Arrays.asList(arguments), Map.of());
    }
}
