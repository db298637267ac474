package dev.nereid.models.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The types of all values of a graph, inferred from its inputs node by node, and what small integer values hold. */
public final class GraphTypes {
    /** Graphs in graphs in graphs can take for ever: a loop's body is inferred until its types settle. */
    private static final int MAXIMUM_NODES = 1_000_000;

    /**
     * How long a formula may be. A dim of a chain of nodes can be a formula of each of them, or of exponentially many where
     * two of its parts grow: beyond this it is a number that only the run knows.
     */
    private static final long LONGEST_FORMULA = 500;

    private final OperatorSet operators;
    private final Progress progress;
    private final Map<Value, ValueType> types = new HashMap<>();
    private final Map<Value, Tensor> constants = new HashMap<>();
    private final Map<Value, List<Dim>> contents = new HashMap<>();

    /** What the inference of a graph shares with that of the graphs inside it. */
    private static final class Progress {
        private int unknownDims;
        private int nodes;
        /** What stands for formulas that are too long: the same for equal ones. */
        private final Map<Dim, Dim> longFormulas = new HashMap<>();

        private Dim unknownDim() {
            return Dim.symbol("?" + unknownDims++);
        }

        private Dim shortened(Dim dim) {
            return dim.length() > LONGEST_FORMULA ? longFormulas.computeIfAbsent(dim, _ -> unknownDim()) : dim;
        }
    }

    private GraphTypes(OperatorSet operators, Progress progress) {
        this.operators = operators;
        this.progress = progress;
    }

    /**
     * Infers every type.
     *
     * @throws ModelFormatException if an operator is unknown or its inputs do not suit it; names the node
     */
    public static GraphTypes infer(Graph graph, OperatorSet operators) {
        GraphTypes types = new GraphTypes(operators, new Progress());
        for (Value input : graph.inputs()) {
            ValueType declared = graph.types().get(input);
            if (declared == null) {
                throw new ModelFormatException("input '" + input.name() + "' has no declared type");
            }
            types.types.put(input, declared);
        }
        types.requireKnown(graph);
        types.addAll(graph);
        return types;
    }

    /** Types of a graph that is still being written: nothing is known yet, and each node is added when it is made. */
    public static GraphTypes ofGrowingGraph(OperatorSet operators) {
        return new GraphTypes(operators, new Progress());
    }

    /** Says what a value is that no node makes: an input of the graph, or of a graph inside it. */
    public void declare(Value value, ValueType type) {
        types.put(value, type);
    }

    /** A branch may not suit the shapes of a model that never takes it, but its operators must be there. */
    private void requireKnown(Graph graph) {
        for (Node node : graph.nodes()) {
            entry(node, operators);
            for (Attribute attribute : node.attributes().map().values()) {
                if (attribute instanceof Attribute.Subgraph(Graph inner, int _)) {
                    requireKnown(inner);
                }
            }
        }
    }

    private void addAll(Graph graph) {
        graph.initializers().forEach(this::addConstant);
        progress.nodes += graph.nodes().size();
        if (progress.nodes > MAXIMUM_NODES) {
            throw new ModelFormatException("graph '" + graph.name() + "' lies in loops that are nested too deep");
        }
        graph.nodes().forEach(this::add);
    }

    /**
     * The type of a value that is a tensor.
     *
     * @throws ModelFormatException if it is another kind of value
     */
    public TensorType type(Value value) {
        return valueType(value).asTensor("value '" + value.name() + "'");
    }

    /** The type of any value. */
    public ValueType valueType(Value value) {
        ValueType type = types.get(value);
        if (type == null) {
            throw new ModelFormatException("value '" + value.name() + "' is read before it is made");
        }
        return type;
    }

    /** The tensor of an initializer. */
    public Optional<Tensor> constant(Value value) {
        return Optional.ofNullable(constants.get(value));
    }

    /** What a small value of integers holds, as numbers or formulas, or one of BOOL, as ones and zeros. */
    public Optional<List<Dim>> content(Value value) {
        return Optional.ofNullable(contents.get(value));
    }

    /** The operator of a node. */
    public static Operator operator(Node node, OperatorSet operators) {
        return entry(node, operators).operator();
    }

    private static OperatorSet.Entry entry(Node node, OperatorSet operators) {
        return operators
                .find(node.domain(), node.operator(), node.opset())
                .orElseThrow(() -> new ModelFormatException(node.describe() + ": operator "
                        + (node.domain().isEmpty() ? "" : node.domain() + ".") + node.operator() + " of opset "
                        + node.opset() + " is not known"));
    }

    /** What is known of a node's inputs here. */
    public Inference inference(Node node) {
        return new NodeInference(node);
    }

    /** Adds an initializer. */
    public void addConstant(Value value, Tensor tensor) {
        types.put(value, TensorType.of(tensor.dataType(), tensor.shape()));
        constants.put(value, tensor);
        if (tensor.shape().rank() <= 1 && tensor.shape().elements() <= 64) {
            IntegerTensors.read(tensor)
                    .ifPresent(values -> contents.put(
                            value,
                            java.util.Arrays.stream(values).mapToObj(Dim::of).toList()));
        }
    }

    /**
     * Infers the types of a node's outputs from those of its inputs, which have been added before.
     *
     * @throws ModelFormatException if the operator is unknown or its inputs do not suit it; names the node
     */
    public void add(Node node) {
        OperatorSet.Entry entry = entry(node, operators);
        Inference inference = inference(node);
        List<? extends ValueType> outputs;
        try {
            entry.check(inference);
            outputs = entry.operator().outputTypes(inference);
            outputs.forEach(GraphTypes::requireNoNegativeDim);
        } catch (ModelFormatException e) {
            throw e.getMessage() != null && e.getMessage().startsWith("node '")
                    ? e
                    : new ModelFormatException(node.describe() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw new ModelFormatException(node.describe() + ": its inputs do not suit it: " + e, e);
        }
        for (int i = 0; i < node.outputs().size() && i < outputs.size(); i++) {
            if (node.output(i).isPresent()) {
                types.put(node.output(i).get(), shortened(outputs.get(i)));
            }
        }
        if (node.outputs().size() == 1
                && node.output(0).isPresent()
                && outputs.get(0) instanceof TensorType type
                && (type.dataType().isInteger() || type.dataType() == DataType.BOOL)) {
            Value output = node.output(0).get();
            SymbolicContents.of(node, inference)
                    .filter(content -> content.stream().allMatch(dim -> dim.length() <= LONGEST_FORMULA))
                    .ifPresent(content -> contents.put(output, content));
        }
    }

    private static void requireNoNegativeDim(ValueType output) {
        if (output instanceof TensorType type
                && type.hasRank()
                && type.dims().orElseThrow().stream().anyMatch(dim -> dim.isKnown() && dim.value() < 0)) {
            throw new ModelFormatException("its inputs are too small: its output would be " + type);
        }
    }

    private ValueType shortened(ValueType type) {
        boolean tooLong = type instanceof TensorType tensor
                && tensor.dims().isPresent()
                && tensor.dims().get().stream().anyMatch(dim -> dim.length() > LONGEST_FORMULA);
        return tooLong && type instanceof TensorType tensor
                ? new TensorType(
                        tensor.dataType(),
                        tensor.dims()
                                .map(dims ->
                                        dims.stream().map(progress::shortened).toList()))
                : type;
    }

    private final class NodeInference implements Inference {
        private final Node node;

        NodeInference(Node node) {
            this.node = node;
        }

        @Override
        public Node node() {
            return node;
        }

        @Override
        public ValueType valueType(int input) {
            return GraphTypes.this.valueType(node.input(input)
                    .orElseThrow(() -> new ModelFormatException(node.describe() + ": input " + input + " is missing")));
        }

        @Override
        public Optional<Tensor> constant(int input) {
            return node.input(input).flatMap(GraphTypes.this::constant);
        }

        @Override
        public Optional<List<Dim>> content(int input) {
            return node.input(input).flatMap(GraphTypes.this::content);
        }

        @Override
        public List<ValueType> bodyTypes(Graph body, List<? extends ValueType> inputs) {
            Subgraphs.requireInputs(body, inputs.size());
            GraphTypes inner = new GraphTypes(operators, progress);
            int own = inputs.size() - node.attributes().captured();
            for (int i = 0; i < inputs.size(); i++) {
                Value input = body.inputs().get(i);
                inner.types.put(input, inputs.get(i));
                if (i >= own) {
                    int outer = node.inputs().size() - inputs.size() + i;
                    content(outer).ifPresent(content -> inner.contents.put(input, content));
                    constant(outer).ifPresent(tensor -> inner.constants.put(input, tensor));
                }
            }
            inner.addAll(body);
            return body.outputs().stream().map(inner::valueType).toList();
        }

        @Override
        public Dim unknownDim() {
            return progress.unknownDim();
        }
    }
}
