package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Views that have all elements of their tensor: other shapes, other orders of axes, repeated axes. */
final class AtenViews {
    private AtenViews() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.addAll(shapes());
        rows.addAll(orders());
        rows.addAll(List.of(
                view(
                        "expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
                        call -> expanded(call, call.sizes("size"))),
                view(
                        "broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)",
                        call -> expanded(call, call.sizes("size"))),
                view(
                        "expand_as(Tensor(a) self, Tensor other) -> Tensor(a)",
                        call -> expanded(call, new SizeArithmetic(call.graph()).sizes(call.tensor("other"))))));
        return rows;
    }

    /** A view of the argument 'self'. */
    static AtenOperator view(String schema, Function<AtenCall, ViewMapping> mapping) {
        return results(schema, call -> List.of(mapping.apply(call).of(call.reference("self"))));
    }

    private static List<AtenOperator> shapes() {
        return List.of(
                view("view(Tensor(a) self, SymInt[] size) -> Tensor(a)", call -> reshaped(call, call.sizes("size"))),
                view("view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)", AtenViews::otherType),
                view("_unsafe_view(Tensor self, SymInt[] size) -> Tensor", call -> reshaped(call, call.sizes("size"))),
                view(
                        "reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)",
                        call -> reshaped(call, call.sizes("shape"))),
                view("view_as(Tensor(a) self, Tensor other) -> Tensor(a)", AtenViews::shapedLike),
                view("reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)", AtenViews::shapedLike),
                view(
                        "flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)",
                        call -> reshaped(call, flattened(call))),
                view("ravel(Tensor(a) self) -> Tensor(a)", call -> reshaped(call, List.of(Argument.of(-1)))),
                view("unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)", AtenViews::unflattened),
                view("squeeze(Tensor(a) self) -> Tensor(a)", call -> {
                    Value self = call.tensor("self");
                    return squeezed(call, Axes.all(call.graph().rank(self)));
                }),
                view(
                        "squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
                        call -> squeezed(call, new int[] {call.axis("dim", call.tensor("self"))})),
                view(
                        "squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
                        call -> squeezed(call, call.axes("dim", call.tensor("self")))),
                view("unsqueeze(Tensor(a) self, int dim) -> Tensor(a)", call -> {
                    int rank = call.graph().rank(call.tensor("self"));
                    int axis = call.axis("dim", call.integer("dim"), rank + 1);
                    return ViewMapping.reshaped(
                            call.graph(),
                            base -> call.graph()
                                    .node("Unsqueeze", base, call.graph().integers(axis)));
                }));
    }

    private static List<AtenOperator> orders() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.add(view(
                "permute(Tensor(a) self, int[] dims) -> Tensor(a)",
                call -> ordered(call, call.axes("dims", call.tensor("self")))));
        for (String name : List.of("transpose.int", "swapaxes", "swapdims")) {
            String first = name.equals("swapaxes") ? "axis0" : "dim0";
            String second = name.equals("swapaxes") ? "axis1" : "dim1";
            rows.add(view(name + "(Tensor(a) self, int " + first + ", int " + second + ") -> Tensor(a)", call -> {
                Value self = call.tensor("self");
                return swapped(call, call.axis(first, self), call.axis(second, self));
            }));
        }
        for (String name : List.of("t", "numpy_T")) {
            rows.add(view(name + "(Tensor(a) self) -> Tensor(a)", call -> {
                int rank = call.graph().rank(call.tensor("self"));
                return ordered(
                        call,
                        IntStream.range(0, rank).map(axis -> rank - 1 - axis).toArray());
            }));
        }
        for (String name : List.of("mT", "mH", "adjoint", "matrix_H")) {
            rows.add(view(name + "(Tensor(a) self) -> Tensor(a)", call -> {
                int rank = call.graph().rank(call.tensor("self"));
                return rank < 2 ? ordered(call, Axes.all(rank)) : swapped(call, rank - 2, rank - 1);
            }));
        }
        for (String name : List.of("movedim", "moveaxis")) {
            rows.add(view(name + ".int(Tensor(a) self, int source, int destination) -> Tensor(a)", AtenViews::moved));
            rows.add(view(
                    name + ".intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)", AtenViews::moved));
        }
        return rows;
    }

    private static ViewMapping reshaped(AtenCall call, List<Argument> sizes) {
        return ViewMapping.reshaped(call.graph(), base -> ViewMapping.reshape(call.graph(), base, sizes));
    }

    private static ViewMapping shapedLike(AtenCall call) {
        return reshaped(call, new SizeArithmetic(call.graph()).sizes(call.tensor("other")));
    }

    /** The same bytes as elements of another type of as many bytes. */
    private static ViewMapping otherType(AtenCall call) {
        DataType type = call.dataType("dtype").orElseThrow(() -> call.wrong("dtype", "a datatype"));
        DataType own = call.graph().dataType(call.tensor("self"));
        if (type.bytes() != own.bytes()) {
            throw new ModelFormatException("a view of " + own + " as " + type + ", of another size, is not supported");
        }
        return new ViewMapping(base -> bits(call.graph(), base, type), (_, part) -> bits(call.graph(), part, own));
    }

    private static Value bits(AtenGraph graph, Value value, DataType type) {
        return graph.dataType(value) == type
                ? value
                : graph.node(
                        "BitCast",
                        OnnxAttributes.integer("to", dev.nereid.models.operators.OnnxTypes.number(type)),
                        value);
    }

    private static List<Argument> flattened(AtenCall call) {
        Value self = call.tensor("self");
        int start = call.axis("start_dim", self);
        int end = call.axis("end_dim", self);
        if (start > end) {
            throw new ModelFormatException("'start_dim' " + start + " is behind 'end_dim' " + end);
        }
        SizeArithmetic sizes = new SizeArithmetic(call.graph());
        List<Argument> all = sizes.sizes(self);
        if (all.isEmpty()) {
            return List.of(Argument.of(1));
        }
        List<Argument> shape = new ArrayList<>(all.subList(0, start));
        shape.add(start == end ? all.get(start) : merged(sizes, all.subList(start, end + 1), shape));
        shape.addAll(all.subList(end + 1, all.size()));
        return shape;
    }

    /** The product, or what remains where it is not known and nothing else is open. */
    private static Argument merged(SizeArithmetic sizes, List<Argument> factors, List<Argument> before) {
        boolean known =
                factors.stream().allMatch(each -> SizeArithmetic.known(each).isPresent());
        boolean empty = before.stream().anyMatch(each -> SizeArithmetic.is(each, 0));
        return known || empty ? sizes.product(factors) : Argument.of(-1);
    }

    private static ViewMapping unflattened(AtenCall call) {
        Value self = call.tensor("self");
        int axis = call.axis("dim", self);
        List<Argument> shape = new ArrayList<>(new SizeArithmetic(call.graph()).sizes(self));
        shape.remove(axis);
        shape.addAll(axis, call.sizes("sizes"));
        return reshaped(call, shape);
    }

    /** Without those of some axes that are known to have one element. */
    private static ViewMapping squeezed(AtenCall call, int[] axes) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        long[] removed = graph.rank(self) == 0
                ? new long[0]
                : Arrays.stream(axes)
                        .filter(axis -> graph.dim(self, axis).equals(Dim.of(1)))
                        .asLongStream()
                        .toArray();
        return ViewMapping.reshaped(
                graph, base -> removed.length == 0 ? base : graph.node("Squeeze", base, graph.integers(removed)));
    }

    private static ViewMapping ordered(AtenCall call, int[] order) {
        if (Arrays.stream(order).distinct().count() != order.length
                || order.length != call.graph().rank(call.tensor("self"))) {
            throw new ModelFormatException(
                    "axes " + Arrays.toString(order) + " are no order of those of a tensor of rank "
                            + call.graph().rank(call.tensor("self")));
        }
        return ViewMapping.permuted(call.graph(), order);
    }

    private static ViewMapping swapped(AtenCall call, int one, int other) {
        int rank = call.graph().rank(call.tensor("self"));
        return ViewMapping.permuted(call.graph(), rank == 0 ? new int[0] : Axes.swapped(rank, one, other));
    }

    private static ViewMapping moved(AtenCall call) {
        Value self = call.tensor("self");
        int rank = call.graph().rank(self);
        int[] from = call.axes("source", self);
        int[] to = call.axes("destination", self);
        if (from.length != to.length) {
            throw new ModelFormatException(from.length + " axes cannot move to " + to.length + " places");
        }
        List<Integer> order = new ArrayList<>(Collections.nCopies(rank, -1));
        for (int i = 0; i < from.length && rank > 0; i++) {
            order.set(to[i], from[i]);
        }
        for (int axis = 0; axis < rank; axis++) {
            if (!order.contains(axis)) {
                order.set(order.indexOf(-1), axis);
            }
        }
        return ordered(call, order.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Axes of one element repeated to a size; -1 leaves an axis as it is. */
    private static ViewMapping expanded(AtenCall call, List<Argument> sizes) {
        AtenGraph graph = call.graph();
        List<Argument> shape = sizes.stream()
                .map(size -> SizeArithmetic.is(size, -1) ? Argument.of(1) : size)
                .toList();
        boolean unchanged = sizes.size() == graph.rank(call.tensor("self"))
                && sizes.stream().allMatch(size -> SizeArithmetic.is(size, -1));
        return ViewMapping.readOnly(
                "expand", base -> unchanged ? base : graph.node("Expand", base, graph.integers(shape)));
    }
}
