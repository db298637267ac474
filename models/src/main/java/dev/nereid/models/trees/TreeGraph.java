package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes a model as a graph: rows of features in, [rows, n] out. Used once, by one thread. */
final class TreeGraph {
    /** The operator sets that nodes are written for. */
    static final Map<String, Integer> OPSETS = Map.of("", 21, "ai.onnx.ml", 5);

    private static final int DOUBLE = 11;
    private static final int FLOAT = 1;

    private final TreeModel model;
    private final ImportMemory memory;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Value, Tensor> constants = new HashMap<>();

    private TreeGraph(TreeModel model, ImportMemory memory) {
        this.model = model;
        this.memory = memory;
    }

    /**
     * The graph.
     *
     * @param rows FP32 or FP64; where the model computes in FP64, its answers are of this type
     */
    static Graph of(
            String name,
            TreeModel model,
            PredictionForm form,
            String input,
            DataType rows,
            String output,
            ImportMemory memory) {
        TreeGraph graph = new TreeGraph(model, memory);
        Value x = new Value(input);
        DataType answers = model.type() == DataType.FP64 ? rows : model.type();
        Value answer = graph.answer(graph.sums(rows == model.type() ? x : graph.cast(x, model.type())), form);
        Value y = new Value(output);
        graph.add("", "Cast", y, type(answers), answer);
        Dim count = Dim.symbol("rows");
        return new Graph(
                name,
                List.of(x),
                List.of(y),
                graph.nodes,
                graph.constants,
                Map.of(
                        x,
                        TensorType.of(rows, List.of(count, Dim.of(model.features()))),
                        y,
                        TensorType.of(answers, List.of(count, Dim.of(columns(model, form))))));
    }

    private static int columns(TreeModel model, PredictionForm form) {
        return switch (form.kind()) {
            case MARGIN -> model.scores();
            case CLASS -> 1;
            case PROBABILITIES -> model.classes();
            case PREDICTION -> model.link() == LinkFunction.HIGHEST ? 1 : model.scores();
        };
    }

    private Value sums(Value x) {
        Value sums = switch (model.predictor()) {
            case TreeModel.Trees trees -> trees(x, trees);
            case TreeModel.Linear(double[] weights, double[] biases) ->
                node(
                        "Add",
                        node(
                                "MatMul",
                                node("Where", node("IsNaN", x), scalar(0), x),
                                constant(weights, Shape.of(model.features(), model.scores()))),
                        constant(biases, Shape.of(model.scores())));
        };
        if (model.divisor() != 1) {
            sums = node("Div", sums, scalar(model.divisor()));
        }
        return Arrays.stream(model.bases()).allMatch(base -> base == 0)
                ? sums
                : node("Add", sums, constant(model.bases(), Shape.of(model.scores())));
    }

    private Value trees(Value x, TreeModel.Trees trees) {
        TreeEnsembleAttributes ensemble = trees.ensemble();
        Value y = new Value("sums");
        Value rows = categories(x, trees);
        add("ai.onnx.ml", "TreeEnsemble", y, ensemble.attributes(model.scores(), model.type(), memory), rows);
        return y;
    }

    /** The rows with whole numbers in the columns that are categories. */
    private Value categories(Value x, TreeModel.Trees trees) {
        BitSet categorical = trees.ensemble().categorical();
        if (categorical.isEmpty()) {
            return x;
        }
        if (categorical.intersects(trees.ensemble().compared())) {
            BitSet both = (BitSet) categorical.clone();
            both.and(trees.ensemble().compared());
            throw new ModelFormatException("feature " + both.nextSetBit(0)
                    + " is a category in one tree and a number in another: expected one of them");
        }
        Value whole =
                trees.truncated() ? node("Mul", node("Sign", x), node("Floor", node("Abs", x))) : node("Floor", x);
        Tensor mask = Tensor.of(DataType.BOOL, Shape.of(model.features()), memory.allocate(model.features()));
        categorical.stream().forEach(feature -> mask.segment().set(ValueLayout.JAVA_BYTE, feature, (byte) 1));
        Value columns = new Value("categorical");
        constants.put(columns, mask);
        return node("Where", columns, whole, x);
    }

    private Value answer(Value sums, PredictionForm form) {
        int classes = model.classes();
        boolean several = model.scores() > 1;
        return switch (form.kind()) {
            case MARGIN -> sums;
            case PREDICTION -> linked(sums, model.link());
            case PROBABILITIES -> {
                requireClasses("predict_proba", classes);
                Value known = linked(sums, model.link() == LinkFunction.HIGHEST ? LinkFunction.SOFTMAX : model.link());
                yield several ? known : node("Concat", integer("axis", 1), node("Sub", scalar(1), known), known);
            }
            case CLASS -> {
                requireClasses("output_class", classes);
                yield several
                        ? linked(sums, LinkFunction.HIGHEST)
                        : cast(node("Greater", linked(sums, model.link()), scalar(form.threshold())), model.type());
            }
        };
    }

    private static void requireClasses(String parameter, int classes) {
        if (classes < 2) {
            throw new ModelFormatException("parameter '" + parameter
                    + "' is true: expected a model that tells classes apart, and its objective is another");
        }
    }

    private Value linked(Value sums, LinkFunction link) {
        return switch (link) {
            case IDENTITY -> sums;
            case LOGISTIC, LOGISTIC_OF_EACH ->
                node("Sigmoid", model.scale() == 1 ? sums : node("Mul", sums, scalar(model.scale())));
            case EXPONENTIAL -> node("Exp", sums);
            case STEP -> cast(node("Greater", sums, scalar(0)), model.type());
            case SOFTMAX -> node("Softmax", integer("axis", -1), sums);
            case HIGHEST -> cast(node("ArgMax", integer("axis", 1), sums), model.type());
            case SIGNED_SQUARE -> node("Mul", sums, node("Abs", sums));
            case SOFTPLUS -> node("Softplus", sums);
        };
    }

    private Value cast(Value value, DataType to) {
        return node("Cast", type(to), value);
    }

    private static Attributes type(DataType type) {
        return integer("to", type == DataType.FP64 ? DOUBLE : FLOAT);
    }

    private static Attributes integer(String name, long value) {
        return new Attributes(Map.of(name, new Attribute.Int(value)));
    }

    private Value scalar(double number) {
        return constant(new double[] {number}, Shape.of());
    }

    private Value constant(double[] numbers, Shape shape) {
        Value value = new Value("constant_" + constants.size());
        constants.put(value, RealTensors.tensor(numbers, shape, model.type(), memory));
        return value;
    }

    private Value node(String operator, Value... inputs) {
        return node(operator, Attributes.NONE, inputs);
    }

    private Value node(String operator, Attributes attributes, Value... inputs) {
        Value made = new Value(operator + "_" + nodes.size());
        add("", operator, made, attributes, inputs);
        return made;
    }

    private void add(String domain, String operator, Value made, Attributes attributes, Value... inputs) {
        nodes.add(new Node(
                "",
                domain,
                operator,
                OPSETS.getOrDefault(domain, 1),
                Stream.of(inputs).map(Optional::of).toList(),
                List.of(Optional.of(made)),
                attributes));
    }
}
