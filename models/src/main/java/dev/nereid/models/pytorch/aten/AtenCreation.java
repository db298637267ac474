package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** New tensors. */
final class AtenCreation {
    static final String OPTIONS =
            "*, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool?" + " pin_memory=None";
    private static final String LIKE = OPTIONS + ", MemoryFormat? memory_format=None) -> Tensor";

    private AtenCreation() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        constants(rows, "zeros", 0);
        constants(rows, "ones", 1);
        rows.add(row(
                "empty.memory_format(SymInt[] size, " + LIKE, call -> constant(call, 0, typeOr(call, DataType.FP32))));
        rows.add(row("empty_like(Tensor self, " + LIKE, call -> like(call, 0)));
        rows.add(row(
                "new_empty(Tensor self, SymInt[] size, " + OPTIONS + ") -> Tensor",
                call -> constant(call, 0, typeOr(call, selfType(call)))));
        rows.add(row(
                "empty_strided(SymInt[] size, SymInt[] stride, " + OPTIONS + ") -> Tensor",
                call -> constant(call, 0, typeOr(call, DataType.FP32))));
        rows.add(row(
                "new_empty_strided(Tensor self, SymInt[] size, SymInt[] stride, " + OPTIONS + ") -> Tensor",
                call -> constant(call, 0, typeOr(call, selfType(call)))));
        rows.add(row(
                "empty_permuted(SymInt[] size, int[] physical_layout, " + OPTIONS + ") -> Tensor",
                call -> constant(call, 0, typeOr(call, DataType.FP32))));
        rows.addAll(List.of(
                row("full(SymInt[] size, Scalar fill_value, " + OPTIONS + ") -> Tensor", call -> {
                    DataType type = TypePromotion.of(call, "fill_value");
                    return sized(call, TypePromotion.value(call, "fill_value", typeOr(call, type)));
                }),
                row(
                        "full_like(Tensor self, Scalar fill_value, " + LIKE,
                        call -> call.graph()
                                .node(
                                        "Expand",
                                        TypePromotion.value(call, "fill_value", typeOr(call, selfType(call))),
                                        new SizeArithmetic(call.graph()).shape(call.tensor("self")))),
                row(
                        "new_full(Tensor self, SymInt[] size, Scalar fill_value, " + OPTIONS + ") -> Tensor",
                        call -> sized(call, TypePromotion.value(call, "fill_value", typeOr(call, selfType(call))))),
                row(
                        "scalar_tensor(Scalar s, " + OPTIONS + ") -> Tensor",
                        call -> TypePromotion.value(call, "s", typeOr(call, DataType.FP32))),
                row("eye(SymInt n, " + OPTIONS + ") -> Tensor", call -> identity(call, "n", "n")),
                row("eye.m(SymInt n, SymInt m, " + OPTIONS + ") -> Tensor", call -> identity(call, "n", "m")),
                row(
                        "tril_indices(int row, int col, int offset=0, " + OPTIONS + ") -> Tensor",
                        call -> triangle(call, false)),
                row(
                        "triu_indices(int row, int col, int offset=0, " + OPTIONS + ") -> Tensor",
                        call -> triangle(call, true))));
        rows.addAll(ranges());
        rows.addAll(literals());
        return rows;
    }

    private static void constants(List<AtenOperator> rows, String name, long number) {
        rows.add(row(
                name + "(SymInt[] size, " + OPTIONS + ") -> Tensor",
                call -> constant(call, number, typeOr(call, DataType.FP32))));
        rows.add(row(name + "_like(Tensor self, " + LIKE, call -> like(call, number)));
        rows.add(row(
                "new_" + name + "(Tensor self, SymInt[] size, " + OPTIONS + ") -> Tensor",
                call -> constant(call, number, typeOr(call, selfType(call)))));
    }

    private static List<AtenOperator> ranges() {
        Function<AtenCall, Value> range = call -> NumberRanges.range(
                call.graph(),
                argument(call, "start", 0),
                call.argument("end"),
                argument(call, "step", 1),
                call.dataType("dtype"));
        return List.of(
                row("arange(Scalar end, " + OPTIONS + ") -> Tensor", range),
                row("arange.start(Scalar start, Scalar end, " + OPTIONS + ") -> Tensor", range),
                row("arange.start_step(Scalar start, Scalar end, Scalar step=1, " + OPTIONS + ") -> Tensor", range),
                row(
                        "linspace(Scalar start, Scalar end, int steps, " + OPTIONS + ") -> Tensor",
                        call -> NumberRanges.linear(
                                call.graph(),
                                call.real("start"),
                                call.real("end"),
                                call.integer("steps"),
                                typeOr(call, DataType.FP32))));
    }

    private static Argument argument(AtenCall call, String name, long whenAbsent) {
        return call.schema().parameter(name).isPresent() ? call.argument(name) : Argument.of(whenAbsent);
    }

    private static List<AtenOperator> literals() {
        String rest = "*, ScalarType? dtype=None, Device? device=None, bool requires_grad=False) -> Tensor";
        return List.of(
                row("tensor.float(float t, " + rest, call -> literal(call, "t")),
                row("tensor.int(int t, " + rest, call -> literal(call, "t")),
                row("tensor.bool(bool t, " + rest, call -> literal(call, "t")),
                row("tensor(t[] data, " + rest, call -> literal(call, "data")),
                row(
                        "as_tensor.list(t[] data, *, ScalarType? dtype=None, Device? device=None) -> Tensor",
                        call -> literal(call, "data")),
                row(
                        "_shape_as_tensor(Tensor self) -> Tensor",
                        call -> new SizeArithmetic(call.graph()).shape(call.tensor("self"))));
    }

    static DataType typeOr(AtenCall call, DataType whenAbsent) {
        return call.dataType("dtype").orElse(whenAbsent);
    }

    private static DataType selfType(AtenCall call) {
        return call.graph().dataType(call.tensor("self"));
    }

    private static Value constant(AtenCall call, long number, DataType type) {
        return sized(call, call.graph().scalar(number, type));
    }

    /** A number repeated to the argument 'size'. */
    static Value sized(AtenCall call, Value number) {
        List<Argument> sizes = call.sizes("size");
        for (Argument size : sizes) {
            if (SizeArithmetic.known(size).filter(known -> known < 0).isPresent()) {
                throw call.wrong("size", "a list of sizes, none of which is negative");
            }
        }
        return sizes.isEmpty()
                ? number
                : call.graph().node("Expand", number, call.graph().integers(sizes));
    }

    private static Value like(AtenCall call, long number) {
        AtenGraph graph = call.graph();
        return graph.node(
                "Expand",
                graph.scalar(number, typeOr(call, selfType(call))),
                new SizeArithmetic(graph).shape(call.tensor("self")));
    }

    private static Value identity(AtenCall call, String rows, String columns) {
        AtenGraph graph = call.graph();
        Value zeros = graph.node(
                "Expand",
                graph.scalar(0L, typeOr(call, DataType.FP32)),
                graph.integers(List.of(call.argument(rows), call.argument(columns))));
        return graph.node("EyeLike", zeros);
    }

    /** Rows and columns of the elements of a triangle, row by row. */
    private static Value triangle(AtenCall call, boolean upper) {
        long rows = call.integer("row");
        long columns = call.integer("col");
        long offset = call.integer("offset");
        if (rows < 0
                || columns < 0
                || rows * Math.max(columns, 1) > NumberRanges.MOST_NUMBERS
                || rows > NumberRanges.MOST_NUMBERS) {
            throw new ModelFormatException("a triangle of " + rows + " rows and " + columns + " columns");
        }
        List<Long> places = new ArrayList<>();
        for (int part = 0; part < 2; part++) {
            for (long row = 0; row < rows; row++) {
                for (long column = 0; column < columns; column++) {
                    if (upper ? column - row >= offset : column - row <= offset) {
                        places.add(part == 0 ? row : column);
                    }
                }
            }
        }
        AtenGraph graph = call.graph();
        Value all = graph.integers(places.stream().mapToLong(Long::longValue).toArray());
        return graph.cast(
                graph.node("Reshape", all, graph.integers(2, places.size() / 2)), typeOr(call, DataType.INT64));
    }

    /** Numbers in lists of lists, as a tensor of the shape that they have. */
    private static Value literal(AtenCall call, String name) {
        AtenGraph graph = call.graph();
        List<Argument> numbers = new ArrayList<>();
        List<Argument> sizes = new ArrayList<>();
        flatten(call.argument(name), numbers, sizes, 0);
        DataType type = call.dataType("dtype")
                .orElseGet(() -> numbers.isEmpty() ? DataType.FP32 : TypePromotion.of(graph, numbers));
        if (numbers.size() > NumberRanges.MOST_NUMBERS) {
            throw new ModelFormatException("a list of " + numbers.size() + " numbers");
        }
        if (sizes.isEmpty()) {
            return TypePromotion.value(call, name, type);
        }
        if (numbers.isEmpty()) {
            return graph.node("Expand", graph.scalar(0L, type), graph.integers(sizes));
        }
        List<Value> elements = numbers.stream()
                .map(each -> graph.node("Reshape", TypePromotion.value(graph, each, type), graph.integers(1)))
                .toList();
        Value flat = elements.size() == 1
                ? elements.getFirst()
                : graph.node("Concat", OnnxAttributes.integer("axis", 0), elements.toArray(Value[]::new));
        return ViewMapping.reshape(graph, flat, sizes);
    }

    private static void flatten(Argument argument, List<Argument> numbers, List<Argument> sizes, int depth) {
        if (!(argument instanceof Argument.OfList(List<Argument> items))) {
            numbers.add(argument);
            return;
        }
        Argument size = Argument.of(items.size());
        if (depth == sizes.size()) {
            sizes.add(size);
        } else if (!sizes.get(depth).equals(size)) {
            throw new ModelFormatException("lists of different lengths are no tensor");
        }
        items.forEach(item -> flatten(item, numbers, sizes, depth + 1));
    }
}
