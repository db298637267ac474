package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;
import static dev.nereid.models.pytorch.aten.AtenViews.view;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Views that have some elements of their tensor, and the same places written to a copy. */
final class AtenSlices {
    private static final long MOST_PIECES = 100_000;

    private AtenSlices() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.addAll(List.of(
                view("select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)", AtenSlices::selected),
                results(
                        "slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1)"
                                + " -> Tensor(a)",
                        call -> List.of(
                                isWhole(call)
                                        ? call.argument("self")
                                        : sliced(call).of(call.reference("self")))),
                view("narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)", call -> {
                    Value self = call.tensor("self");
                    int axis = call.axis("dim", self);
                    SizeArithmetic sizes = new SizeArithmetic(call.graph());
                    Argument start = sizes.fromStart(call.argument("start"), self, axis);
                    Argument end = sizes.add(start, call.argument("length"));
                    return ViewMapping.slice(call.graph(), axis, start, end, Argument.of(1));
                }),
                results("unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]", AtenSlices::unbound),
                view(
                        "diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)",
                        call -> diagonal(call)),
                view("unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)", AtenSlices::windows),
                view(
                        "as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) ->"
                                + " Tensor(a)",
                        AtenSlices::strided),
                row(
                        "select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor",
                        call -> written(call, selected(call))),
                row(
                        "slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt"
                                + " step=1) -> Tensor",
                        call -> written(call, sliced(call))),
                row(
                        "diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor",
                        call -> written(call, diagonal(call)))));
        pieces(rows, "split", "unsafe_split");
        rows.addAll(List.of(
                results(
                        "tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]",
                        AtenSlices::sections),
                results(
                        "tensor_split.indices(Tensor(a -> *) self, SymInt[] indices, int dim=0) -> Tensor(a)[]",
                        AtenSlices::atIndices)));
        return rows;
    }

    private static void pieces(List<AtenOperator> rows, String... splits) {
        for (String name : splits) {
            rows.add(results(
                    name + ".Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]",
                    call -> pieces(call, equalLengths(call, call.argument("split_size"), Optional.empty()))));
        }
        for (String name : List.of("split.sizes", "split_with_sizes", "unsafe_split_with_sizes")) {
            String parameter = name.equals("split.sizes") ? "split_size" : "split_sizes";
            rows.add(results(
                    name + "(Tensor(a -> *) self, SymInt[] " + parameter + ", int dim=0) -> Tensor(a)[]",
                    call -> pieces(call, call.sizes(parameter))));
        }
        for (String name : List.of("chunk", "unsafe_chunk")) {
            rows.add(results(name + "(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]", AtenSlices::chunks));
        }
    }

    /** The argument 'src' written to the places of a view of the argument 'self'. */
    private static Value written(AtenCall call, ViewMapping mapping) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value source = graph.cast(call.tensor("src"), graph.dataType(self));
        return mapping.put().apply(self, source);
    }

    private static ViewMapping selected(AtenCall call) {
        Value self = call.tensor("self");
        if (call.graph().rank(self) == 0) {
            throw new ModelFormatException("a tensor of rank 0 has no axis to select from");
        }
        return ViewMapping.select(call.graph(), call.axis("dim", self), call.argument("index"));
    }

    private static Argument start(AtenCall call) {
        return call.has("start") ? call.argument("start") : Argument.of(0);
    }

    private static Argument end(AtenCall call) {
        return call.has("end") ? call.argument("end") : Argument.of(Long.MAX_VALUE);
    }

    private static ViewMapping sliced(AtenCall call) {
        int axis = call.axis("dim", call.tensor("self"));
        return ViewMapping.slice(call.graph(), axis, start(call), end(call), call.argument("step"));
    }

    private static boolean isWhole(AtenCall call) {
        Optional<Long> end = SizeArithmetic.known(end(call));
        Argument size = call.graph().size(call.tensor("self"), call.axis("dim", call.tensor("self")));
        boolean toEnd =
                end.isPresent() && end.get() >= SizeArithmetic.known(size).orElse(Long.valueOf(Integer.MAX_VALUE));
        return toEnd && SizeArithmetic.is(start(call), 0) && SizeArithmetic.is(call.argument("step"), 1);
    }

    private static ViewMapping diagonal(AtenCall call) {
        Value self = call.tensor("self");
        int first = call.axis("dim1", self);
        int second = call.axis("dim2", self);
        if (first == second) {
            throw new ModelFormatException("a diagonal needs two axes, got " + first + " twice");
        }
        return ViewMapping.diagonal(call.graph(), call.graph().rank(self), first, second, call.integer("offset"));
    }

    private static List<Argument> pieces(AtenCall call, List<Argument> lengths) {
        int axis = call.axis("dim", call.tensor("self"));
        return List.of(new Argument.OfList(ViewMapping.pieces(call.graph(), axis, lengths).stream()
                .map(piece -> piece.of(call.reference("self")))
                .toList()));
    }

    /** Lengths of pieces of one size, the last of which may be shorter; so many where only a run knows the axis. */
    private static List<Argument> equalLengths(AtenCall call, Argument size, Optional<Long> countIfOpen) {
        SizeArithmetic sizes = new SizeArithmetic(call.graph());
        Value self = call.tensor("self");
        Argument length = call.graph().size(self, call.axis("dim", self));
        Optional<Long> known = SizeArithmetic.known(length);
        Optional<Long> step = SizeArithmetic.known(size);
        long count;
        if (known.isPresent() && step.isPresent()) {
            if (step.get() < 0 || (step.get() == 0 && known.get() > 0)) {
                throw new ModelFormatException("pieces of " + step.get() + " elements");
            }
            count = Math.max(1, step.get() == 0 ? 1 : Math.ceilDiv(known.get(), step.get()));
        } else {
            count = countIfOpen.orElseThrow(() -> new ModelFormatException(
                    "how many pieces it gives must be known when the model is loaded: the axis or the size is not"));
        }
        if (count > MOST_PIECES) {
            throw new ModelFormatException(count + " pieces, more than " + MOST_PIECES);
        }
        List<Argument> lengths = new ArrayList<>();
        for (long i = 0; i < count - 1; i++) {
            lengths.add(size);
        }
        lengths.add(sizes.subtract(length, sizes.multiply(size, Argument.of(count - 1))));
        return lengths;
    }

    private static List<Argument> chunks(AtenCall call) {
        SizeArithmetic sizes = new SizeArithmetic(call.graph());
        Value self = call.tensor("self");
        long chunks = call.integer("chunks");
        if (chunks < 1 || chunks > MOST_PIECES) {
            throw call.wrong("chunks", "from 1 to " + MOST_PIECES);
        }
        Argument length = call.graph().size(self, call.axis("dim", self));
        Argument size = sizes.divide(sizes.add(length, Argument.of(chunks - 1)), Argument.of(chunks));
        if (SizeArithmetic.is(length, 0)) {
            return pieces(call, java.util.Collections.nCopies((int) chunks, Argument.of(0)));
        }
        return pieces(call, equalLengths(call, size, Optional.of(chunks)));
    }

    /** The first pieces have one element more than the others. */
    private static List<Argument> sections(AtenCall call) {
        SizeArithmetic sizes = new SizeArithmetic(call.graph());
        Value self = call.tensor("self");
        long count = call.integer("sections");
        if (count < 1 || count > MOST_PIECES) {
            throw call.wrong("sections", "from 1 to " + MOST_PIECES);
        }
        Argument length = call.graph().size(self, call.axis("dim", self));
        List<Argument> lengths = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            Argument sum = sizes.add(length, Argument.of(count - 1 - i));
            lengths.add(sizes.divide(sum, Argument.of(count)));
        }
        return pieces(call, lengths);
    }

    private static List<Argument> atIndices(AtenCall call) {
        Value self = call.tensor("self");
        int axis = call.axis("dim", self);
        List<Argument> views = new ArrayList<>();
        Argument start = Argument.of(0);
        List<Argument> ends = new ArrayList<>(call.sizes("indices"));
        ends.add(Argument.of(Long.MAX_VALUE));
        for (Argument end : ends) {
            views.add(ViewMapping.slice(call.graph(), axis, start, end, Argument.of(1))
                    .of(call.reference("self")));
            start = end;
        }
        return List.of(new Argument.OfList(views));
    }

    private static List<Argument> unbound(AtenCall call) {
        Value self = call.tensor("self");
        int axis = call.axis("dim", self);
        long count = SizeArithmetic.known(call.graph().size(self, axis))
                .filter(size -> size <= MOST_PIECES)
                .orElseThrow(
                        () -> new ModelFormatException("expected an axis of a known size, at most " + MOST_PIECES));
        return List.of(new Argument.OfList(LongStream.range(0, count)
                .mapToObj(i ->
                        ViewMapping.select(call.graph(), axis, Argument.of(i)).of(call.reference("self")))
                .toList()));
    }

    /** Windows along an axis, their elements as a new last axis. */
    private static ViewMapping windows(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int rank = graph.rank(self);
        long size = call.integer("size");
        long step = call.integer("step");
        if (rank == 0 || size < 0 || step < 1) {
            throw new ModelFormatException(
                    "windows of " + size + " elements every " + step + " of a tensor of rank " + rank);
        }
        int axis = call.axis("dimension", self);
        return ViewMapping.readOnly("unfold", base -> {
            SizeArithmetic sizes = new SizeArithmetic(graph);
            Argument count = sizes.add(
                    sizes.divide(sizes.subtract(graph.size(base, axis), Argument.of(size)), Argument.of(step)),
                    Argument.of(1));
            Value starts = graph.node("Mul", sizes.range(count), graph.integers(step));
            Value places = graph.node(
                    "Add", graph.node("Unsqueeze", starts, graph.integers(1)), sizes.range(Argument.of(size)));
            Value windows = graph.node("Gather", OnnxAttributes.integer("axis", axis), base, places);
            return Axes.transpose(graph, windows, Axes.moved(rank + 1, axis + 1, rank));
        });
    }

    /** Elements by strides; of a tensor that is no view of another, whose elements lie in their order. */
    private static ViewMapping strided(AtenCall call) {
        AtenGraph graph = call.graph();
        long[] dims = call.integers("size");
        long[] strides = call.integers("stride");
        long offset = call.has("storage_offset") ? call.integer("storage_offset") : 0;
        if (call.reference("self").isView()) {
            throw new ModelFormatException("strides over a view of another tensor are not supported");
        }
        if (dims.length != strides.length) {
            throw new ModelFormatException(dims.length + " dims and " + strides.length + " strides");
        }
        Value places = graph.integers(offset);
        for (int axis = 0; axis < dims.length; axis++) {
            Value steps = graph.node(
                    "Mul", new SizeArithmetic(graph).range(Argument.of(dims[axis])), graph.integers(strides[axis]));
            places = graph.node("Add", graph.node("Unsqueeze", places, graph.integers(-1)), steps);
        }
        Value all = graph.node("Reshape", places, graph.integers(Shape.of(dims).dims()));
        return ViewMapping.readOnly("as_strided", base -> {
            Value flat = graph.node("Reshape", base, graph.integers(-1));
            return graph.node("Gather", OnnxAttributes.integer("axis", 0), flat, all);
        });
    }
}
