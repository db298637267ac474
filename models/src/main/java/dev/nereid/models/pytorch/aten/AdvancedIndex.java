package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Indices for some axes of a tensor, as {@code x[i, :, j]} has them: tensors that broadcast, one for each of these axes;
 * a mask of truth values stands for the indices of its true elements, one tensor for each of its axes. The axes of the
 * result that stand for the indices lie where those of the tensor did, or first where others are between those.
 */
final class AdvancedIndex {
    private final AtenGraph graph;
    private final Value self;
    /** The indexed axes, ascending. */
    private final List<Integer> axes = new ArrayList<>();

    private final List<Value> indices = new ArrayList<>();

    /** @param given one entry an axis or a mask of several; absent ones take whole axes */
    AdvancedIndex(AtenGraph graph, Value self, List<Optional<Value>> given) {
        this.graph = graph;
        this.self = self;
        int axis = 0;
        for (Optional<Value> each : given) {
            axis += each.isPresent() ? add(each.get(), axis) : 1;
        }
        if (axis > graph.rank(self)) {
            throw new ModelFormatException("too many indices, " + axis + ", for a tensor of rank " + graph.rank(self));
        }
    }

    /** Adds an index from an axis on and gives how many axes it is for. */
    private int add(Value index, int axis) {
        DataType type = graph.dataType(index);
        if (type != DataType.BOOL && type != DataType.UINT8) {
            axes.add(axis);
            indices.add(type.isInteger() ? graph.cast(index, DataType.INT64) : refuse(type));
            return 1;
        }
        int rank = graph.rank(index);
        if (rank == 0) {
            throw new ModelFormatException("a single truth value as an index is not supported");
        }
        Value places = graph.node("NonZero", graph.cast(index, DataType.BOOL));
        for (int i = 0; i < rank; i++) {
            axes.add(axis + i);
            indices.add(graph.node(
                    "Gather", OnnxAttributes.integer("axis", 0), places, graph.scalar((long) i, DataType.INT64)));
        }
        return rank;
    }

    private static Value refuse(DataType type) {
        throw new ModelFormatException("expected indices of integers or truth values, got " + type);
    }

    private int rank() {
        return graph.rank(self);
    }

    private int indexRank() {
        return indices.stream().mapToInt(graph::rank).max().orElse(0);
    }

    private boolean adjacent() {
        return axes.getLast() - axes.getFirst() == axes.size() - 1;
    }

    /** The order of axes that has the indexed ones first. */
    private int[] indexedFirst() {
        List<Integer> order = new ArrayList<>(axes);
        for (int axis = 0; axis < rank(); axis++) {
            if (!axes.contains(axis)) {
                order.add(axis);
            }
        }
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    /** From the order [index axes, other axes] to the order of the result. */
    private int[] resultOrder() {
        int indexed = indexRank();
        int before = adjacent() ? axes.getFirst() : 0;
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < before; i++) {
            order.add(indexed + i);
        }
        for (int i = 0; i < indexed; i++) {
            order.add(i);
        }
        for (int i = before; i < rank() - axes.size(); i++) {
            order.add(indexed + i);
        }
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The indices as places: INT64 [index dims..., number of indexed axes]. */
    private Value places() {
        List<Value> columns = indices;
        if (indices.size() > 1) {
            Value shape = AtenMovement.broadcastShape(graph, indices);
            columns = indices.stream()
                    .map(each -> sameDims() ? each : graph.node("Expand", each, shape))
                    .toList();
        }
        List<Value> last = columns.stream()
                .map(each -> graph.node("Unsqueeze", each, graph.integers(-1)))
                .toList();
        return last.size() == 1
                ? last.getFirst()
                : graph.node("Concat", OnnxAttributes.integer("axis", -1), last.toArray(Value[]::new));
    }

    private boolean sameDims() {
        return indices.stream().map(each -> graph.type(each).dims()).distinct().count() == 1;
    }

    /** The elements at the indices. */
    Value take() {
        if (axes.isEmpty()) {
            return self;
        }
        if (axes.size() == 1) {
            return graph.node("Gather", OnnxAttributes.integer("axis", axes.getFirst()), self, indices.getFirst());
        }
        Value taken = graph.node("GatherND", Axes.transpose(graph, self, indexedFirst()), places());
        return Axes.transpose(graph, taken, resultOrder());
    }

    /**
     * The tensor with other elements at the indices.
     *
     * @param values broadcast to the shape of {@link #take}
     * @param add whether they are added to those that are there, each as often as its place is named
     */
    Value put(Value values, boolean add) {
        if (axes.isEmpty()) {
            Value all = graph.node("Expand", values, new SizeArithmetic(graph).shape(self));
            return add ? new ValueMath(graph).add(self, all) : all;
        }
        int[] first = indexedFirst();
        Value base = Axes.transpose(graph, self, first);
        Value places = places();
        int[] order = resultOrder();
        Value ordered = Axes.transpose(graph, expanded(values, base, places, order), Axes.inverse(order));
        Value written = add
                ? graph.node("ScatterND", OnnxAttributes.text("reduction", "add"), base, places, ordered)
                : graph.node("ScatterND", base, places, ordered);
        return Axes.transpose(graph, written, Axes.inverse(first));
    }

    private Value expanded(Value values, Value base, Value places, int[] order) {
        SizeArithmetic sizes = new SizeArithmetic(graph);
        List<Argument> natural = new ArrayList<>(sizes.sizes(places));
        natural.removeLast();
        List<Argument> rest = sizes.sizes(base);
        natural.addAll(rest.subList(axes.size(), rest.size()));
        List<Argument> shape = new ArrayList<>();
        for (int axis : order) {
            shape.add(natural.get(axis));
        }
        boolean whole =
                shape.stream().allMatch(size -> SizeArithmetic.known(size).isPresent())
                        && sizes.sizes(values).equals(shape);
        return whole ? values : graph.node("Expand", values, graph.integers(shape));
    }
}
