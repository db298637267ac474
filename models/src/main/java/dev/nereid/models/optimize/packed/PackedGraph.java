package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.optimize.FusedOperators;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The packed graph while it is made: what is known of the values of a single text, how they are spread over several, and
 * the nodes so far.
 */
final class PackedGraph {
    private static final int OPSET = 13;

    private final Graph graph;
    private final GraphTypes types;
    private final GraphTypes batchTypes;
    private final Dim batch;
    private final Dim length;
    private final SegmentAllocator memory;
    private final Value ends = new Value("ends of texts");
    private final Map<Value, PackedValue> packedValues = new HashMap<>();
    private final Map<Value, Tensor> initializers;
    private final List<Node> nodes = new ArrayList<>();
    /** The same for every text of one length, such as the places of its tokens. */
    private final Set<Value> ofLengthAlone = new HashSet<>();

    /** The formulas that are a text's length, as long as that is not above {@link #longest}. */
    private final Set<Dim> lengths = new HashSet<>();

    private long longest = Long.MAX_VALUE;
    private Optional<Value> positions = Optional.empty();

    /**
     * A graph without nodes.
     *
     * @param types of a single text: [1, length, ...] as inputs
     * @param batchTypes of several texts of one length, as the model's file has them: [batch, length, ...] as inputs
     */
    PackedGraph(Graph graph, GraphTypes types, GraphTypes batchTypes, SegmentAllocator memory) {
        this.graph = graph;
        this.types = types;
        this.batchTypes = batchTypes;
        this.batch = batchTypes.type(graph.inputs().getFirst()).dim(0);
        this.length = types.type(graph.inputs().getFirst()).dim(1);
        this.memory = memory;
        this.initializers = new HashMap<>(graph.initializers());
        lengths.add(length);
        graph.inputs().forEach(input -> packedValues.put(input, new PackedValue.Rows(1)));
        graph.initializers().keySet().forEach(constant -> packedValues.put(constant, PackedValue.SAME));
    }

    Value ends() {
        return ends;
    }

    List<Node> nodes() {
        return nodes;
    }

    Map<Value, Tensor> initializers() {
        return initializers;
    }

    long longest() {
        return longest;
    }

    /** How an output of the whole graph is shared out. */
    Packing.Part part(Value output) {
        PackedValue packedValue = packedValue(output);
        boolean tokens =
                packedValue.equals(new PackedValue.Rows(1)) && dim(output, 0).is(1);
        if (!tokens && !packedValue.equals(new PackedValue.Texts(0))) {
            throw new PackingRefusal("output '" + output.name() + "' " + type(output)
                    + " of a single text is neither [1, tokens, ...] nor [1, ...] with what belongs to the text alone");
        }
        if (!isBatch(output, 0)) {
            throw new PackingRefusal("output '" + output.name() + "' " + batchTypes.type(output)
                    + " of a batch does not begin with the batch");
        }
        return tokens ? Packing.Part.TOKENS : Packing.Part.TEXTS;
    }

    PackedValue packedValue(Value value) {
        PackedValue packedValue = packedValues.get(value);
        if (packedValue == null) {
            throw new PackingRefusal("value '" + value.name() + "' is made by nothing");
        }
        return packedValue;
    }

    /** The type for a single text. */
    TensorType type(Value value) {
        return types.type(value);
    }

    int rank(Value value) {
        TensorType type = type(value);
        if (!type.hasRank()) {
            throw new PackingRefusal("value '" + value.name() + "' has no known rank");
        }
        return type.rank();
    }

    Dim dim(Value value, int axis) {
        return type(value).dim(axis);
    }

    /** What a small integer value holds for a single text. */
    Optional<List<Dim>> content(Value value) {
        return types.content(value);
    }

    /** The numbers in a small integer value, where they do not depend on the text. */
    Optional<long[]> numbers(Value value) {
        return content(value)
                .filter(content -> content.stream().allMatch(Dim::isKnown))
                .map(content -> content.stream().mapToLong(Dim::value).toArray());
    }

    /** Whether the dim of a single text is its length. */
    boolean isLength(Dim dim) {
        return lengths.contains(dim);
    }

    /** A formula that is a text's length as long as this is at most {@code limit}. */
    void cap(Dim formula, long limit) {
        lengths.add(formula);
        longest = Math.min(longest, limit);
    }

    /** Whether the dim has to do with the text's length or with what only a run knows. */
    private static boolean isOpen(Dim dim) {
        return !dim.isKnown();
    }

    /** Marks the outputs of a node that computes shapes alone; it is then not needed. */
    boolean isShapeArithmetic(Node node) {
        List<Value> outputs = node.outputs().stream().flatMap(Optional::stream).toList();
        if (outputs.isEmpty()
                || !outputs.stream().allMatch(output -> types.content(output).isPresent())) {
            return false;
        }
        outputs.forEach(output -> packedValues.put(
                output, new PackedValue.Formula(types.content(output).orElseThrow())));
        return true;
    }

    /** Whether a value is the same for all texts. */
    boolean isSame(Value value) {
        return switch (packedValue(value)) {
            case PackedValue.Same _ -> true;
            case PackedValue.Formula(List<Dim> content) -> content.stream().allMatch(Dim::isKnown);
            case PackedValue.Rows _, PackedValue.Texts _ -> false;
        };
    }

    /** Keeps a node that has nothing to do with the texts. */
    void keepSame(Node node) {
        keep(node, PackedValue.SAME);
    }

    /** Keeps a node as it is; all its outputs are spread the same way. */
    void keep(Node node, PackedValue packedValue) {
        List<Optional<Value>> inputs =
                node.inputs().stream().map(input -> input.map(this::made)).toList();
        nodes.add(node.withInputs(inputs));
        node.outputs().stream().flatMap(Optional::stream).forEach(output -> define(node, output, packedValue));
    }

    /** Adds a node of the default domain in the place of {@code node}. */
    void add(Node node, String operator, List<Value> inputs, Attributes attributes, Value output) {
        nodes.add(Node.of(node.name(), "", operator, OPSET, inputs, List.of(output), attributes));
    }

    /** Adds a node that knows where texts end in the place of {@code node}, whose first output it makes. */
    void addSegmented(Node node, String operator, List<Value> inputs, Attributes attributes, PackedValue packedValue) {
        Value output = node.output(0).orElseThrow();
        nodes.add(Node.of(
                node.name(),
                FusedOperators.DOMAIN,
                operator,
                FusedOperators.VERSION,
                inputs,
                List.of(output),
                attributes));
        define(node, output, packedValue);
    }

    /** Says how an output is spread, and checks that its shape allows it. */
    void define(Node node, Value output, PackedValue packedValue) {
        if (!(types.valueType(output) instanceof TensorType type) || !type.hasRank()) {
            throw new PackingRefusal(node, "gives something of unknown rank");
        }
        for (int axis = 0; axis < type.rank(); axis++) {
            Dim dim = type.dim(axis);
            boolean fits = switch (packedValue) {
                case PackedValue.Rows(int rows) -> axis == rows ? isLength(dim) : !isOpen(dim);
                case PackedValue.Texts(int texts) -> axis == texts ? dim.is(1) : !isOpen(dim);
                case PackedValue.Same _, PackedValue.Formula _ -> !isOpen(dim);
            };
            if (!fits) {
                throw new PackingRefusal(
                        node, "gives a shape that no texts can stand one behind the other in: " + type);
            }
        }
        boolean ofLength = node.inputs().stream().flatMap(Optional::stream).noneMatch(this::isOfText);
        long batchDims = batchDims(output);
        if (!(packedValue instanceof PackedValue.Same) && (ofLength ? batchDims > 1 : batchDims != 1)) {
            throw new PackingRefusal(node, "mixes the texts of a batch: it gives " + batchTypes.type(output));
        }
        if (ofLength) {
            ofLengthAlone.add(output);
        }
        packedValues.put(output, packedValue);
    }

    /** Whether a value depends on what a text says, and not on its length alone. */
    private boolean isOfText(Value value) {
        return switch (packedValue(value)) {
            case PackedValue.Rows _, PackedValue.Texts _ -> !ofLengthAlone.contains(value);
            case PackedValue.Same _, PackedValue.Formula _ -> false;
        };
    }

    /** Dims that grow with a batch of texts of one length: more than one where texts meet, none where they are joined. */
    private long batchDims(Value value) {
        TensorType type = batchTypes.type(value);
        return type.hasRank()
                ? type.dims().orElseThrow().stream().filter(this::isOfBatch).count()
                : Long.MAX_VALUE;
    }

    private boolean isOfBatch(Dim dim) {
        return dim.symbols().containsAll(batch.symbols());
    }

    /** Whether an axis is that of the texts of a batch, for which a single one has 1. */
    boolean isBatch(Value value, int axis) {
        return isOfBatch(batchTypes.type(value).dim(axis));
    }

    /** The value as the packed graph has it: numbers that follow from shapes become a constant. */
    Value made(Value value) {
        if (!(packedValue(value) instanceof PackedValue.Formula(List<Dim> content))) {
            return value;
        }
        if (initializers.containsKey(value)) {
            return value;
        }
        TensorType type = type(value);
        boolean known = content.stream().allMatch(Dim::isKnown)
                && (type.dataType() == DataType.INT64 || type.dataType() == DataType.INT32)
                && type.shape().isPresent();
        if (!known) {
            throw new PackingRefusal("value '" + value.name() + "' depends on a text's length: " + content);
        }
        initializers.put(
                value,
                integers(
                        type.dataType(),
                        type.shape().orElseThrow(),
                        content.stream().mapToLong(Dim::value).toArray()));
        return value;
    }

    /** A constant of rank 1. */
    Value constant(String name, long... numbers) {
        Value value = new Value(name);
        initializers.put(value, integers(DataType.INT64, Shape.of(numbers.length), numbers));
        return value;
    }

    private Tensor integers(DataType dataType, Shape shape, long[] numbers) {
        MemorySegment segment = memory.allocate(Math.max(8, numbers.length * 8L), 64);
        for (int i = 0; i < numbers.length; i++) {
            if (dataType == DataType.INT64) {
                segment.setAtIndex(ValueLayout.JAVA_LONG, i, numbers[i]);
            } else {
                segment.setAtIndex(ValueLayout.JAVA_INT, i, Math.toIntExact(numbers[i]));
            }
        }
        return Tensor.of(dataType, shape, segment);
    }

    /** An input of the graph: [1, tokens, ...]. */
    Value tokens() {
        return graph.inputs().getFirst();
    }

    /** The place of every token in its text: [tokens], {@code INT64}. */
    Value positions() {
        if (positions.isEmpty()) {
            Value made = new Value("positions in texts");
            nodes.add(Node.of(
                    "positions in texts",
                    FusedOperators.DOMAIN,
                    "SegmentPositions",
                    FusedOperators.VERSION,
                    List.of(tokens(), ends),
                    List.of(made),
                    Attributes.NONE));
            positions = Optional.of(made);
        }
        return positions.get();
    }

    /** Whether the shape is [1, length]: that of the first input, if this has rank 2. */
    boolean isShapeOfTokens(List<Dim> shape) {
        return rank(tokens()) == 2
                && shape.size() == 2
                && shape.get(0).is(1)
                && shape.get(1).equals(length);
    }

    /** The elements before an axis for a single text, where they are known. */
    long before(Value value, int axis) {
        long elements = 1;
        for (int i = 0; i < axis; i++) {
            Dim dim = dim(value, i);
            if (isOpen(dim)) {
                throw new PackingRefusal(
                        "value '" + value.name() + "' has an unknown dim before its tokens: " + type(value));
            }
            elements *= dim.value();
        }
        return elements;
    }
}
