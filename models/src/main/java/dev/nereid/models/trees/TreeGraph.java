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

    /** The output of Triton's FIL backend for what each feature adds to the sums. */
    static final String CONTRIBUTIONS = "treeshap_output";

    private static final int DOUBLE = 11;
    private static final int FLOAT = 1;

    private final TreeModel model;
    private final ImportMemory memory;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Value, Tensor> constants = new HashMap<>();
    private Attributes ensemble = Attributes.NONE;

    private TreeGraph(TreeModel model, ImportMemory memory) {
        this.model = model;
        this.memory = memory;
    }

    /**
     * The graph.
     *
     * @param rows FP32 or FP64; where the model computes in FP64, its answers are of this type
     * @param outputs names of the answer and of {@link #CONTRIBUTIONS}, as far as they are wanted, in any order
     */
    static Graph of(
            String name,
            TreeModel model,
            PredictionForm form,
            String input,
            DataType rows,
            List<String> outputs,
            ImportMemory memory) {
        TreeGraph graph = new TreeGraph(model, memory);
        Value x = new Value(input);
        DataType answers = model.type() == DataType.FP64 ? rows : model.type();
        Value known = graph.known(rows == model.type() ? x : graph.cast(x, model.type()));
        Dim count = Dim.symbol("rows");
        Map<Value, TensorType> types = new HashMap<>();
        types.put(x, TensorType.of(rows, List.of(count, Dim.of(model.features()))));
        List<Value> made = new ArrayList<>();
        for (String output : outputs) {
            Value y = new Value(output);
            boolean contributions = output.equals(CONTRIBUTIONS);
            graph.add(
                    "",
                    "Cast",
                    y,
                    type(answers),
                    contributions ? graph.contributions(known) : graph.answer(graph.sums(known), form));
            types.put(
                    y,
                    TensorType.of(
                            answers,
                            contributions
                                    ? contributionDims(count, model)
                                    : List.of(count, Dim.of(columns(model, form)))));
            made.add(y);
        }
        return new Graph(name, List.of(x), made, graph.nodes, graph.constants, types);
    }

    private static List<Dim> contributionDims(Dim count, TreeModel model) {
        Dim columns = Dim.of(model.features() + 1L);
        return model.scores() == 1 ? List.of(count, columns) : List.of(count, Dim.of(model.scores()), columns);
    }

    private static int columns(TreeModel model, PredictionForm form) {
        return switch (form.kind()) {
            case MARGIN -> model.scores();
            case CLASS -> 1;
            case PROBABILITIES -> model.classes();
            case PREDICTION -> model.link() == LinkFunction.HIGHEST ? 1 : model.scores();
        };
    }

    /** The rows as the predictor takes them. */
    private Value known(Value x) {
        return switch (model.predictor()) {
            case TreeModel.Trees trees -> categories(zeros(x, trees), trees);
            case TreeModel.Linear _ -> node("Where", node("IsNaN", x), scalar(0), x);
        };
    }

    private Value sums(Value x) {
        Value sums = switch (model.predictor()) {
            case TreeModel.Trees trees -> trees("ai.onnx.ml", "TreeEnsemble", attributes(trees), x);
            case TreeModel.Linear(double[] weights, double[] biases) ->
                node(
                        "Add",
                        node("MatMul", x, constant(weights, Shape.of(model.features(), model.scores()))),
                        constant(biases, Shape.of(model.scores())));
        };
        if (model.divisor() != 1) {
            sums = node("Div", sums, scalar(model.divisor()));
        }
        return Arrays.stream(model.bases()).allMatch(base -> base == 0)
                ? sums
                : node("Add", sums, constant(model.bases(), Shape.of(model.scores())));
    }

    /** What each feature adds to the sums, and behind the features what is there without them. */
    private Value contributions(Value x) {
        int columns = model.features() + 1;
        double[] last = new double[model.scores() * columns];
        double[] biases = model.predictor() instanceof TreeModel.Linear linear ? linear.biases() : new double[0];
        for (int score = 0; score < model.scores(); score++) {
            last[(score + 1) * columns - 1] = model.bases()[score] + (biases.length == 0 ? 0 : biases[score]);
        }
        Value parts = switch (model.predictor()) {
            case TreeModel.Trees trees ->
                trees("dev.nereid", "TreeContributions", trees.ensemble().contributions(attributes(trees), memory), x);
            case TreeModel.Linear(double[] weights, double[] _) -> products(x, weights);
        };
        if (model.divisor() != 1) {
            parts = node("Div", parts, scalar(model.divisor()));
        }
        return node(
                "Add",
                parts,
                constant(last, model.scores() == 1 ? Shape.of(columns) : Shape.of(model.scores(), columns)));
    }

    /** [rows, scores, features + 1], without the middle dim for one score: each feature times its weight, and a zero. */
    private Value products(Value x, double[] weights) {
        int scores = model.scores();
        int features = model.features();
        double[] turned = new double[weights.length];
        for (int i = 0; i < turned.length; i++) {
            turned[i] = weights[i % features * scores + i / features];
        }
        boolean several = scores > 1;
        Value rows = several ? node("Unsqueeze", x, integers(1)) : x;
        Value products = node("Mul", rows, constant(turned, several ? Shape.of(scores, features) : Shape.of(features)));
        return node("Pad", products, several ? integers(0, 0, 0, 0, 0, 1) : integers(0, 0, 0, 1));
    }

    private Attributes attributes(TreeModel.Trees trees) {
        if (ensemble.equals(Attributes.NONE)) {
            ensemble = trees.ensemble().attributes(model.scores(), model.type(), memory);
        }
        return ensemble;
    }

    private Value trees(String domain, String operator, Attributes attributes, Value x) {
        Value y = new Value(operator);
        add(domain, operator, y, attributes, x);
        return y;
    }

    /** The rows with NaN where a zero means that the value is missing. */
    private Value zeros(Value x, TreeModel.Trees trees) {
        BitSet missing = trees.ensemble().zerosAreMissing();
        return missing.isEmpty()
                ? x
                : node(
                        "Where",
                        node("And", columns(missing), node("LessOrEqual", node("Abs", x), scalar(TreeModel.ZERO))),
                        scalar(Double.NaN),
                        x);
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
        return node("Where", columns(categorical), whole, x);
    }

    /** For each column whether it is one of some features. */
    private Value columns(BitSet features) {
        Tensor mask = Tensor.of(DataType.BOOL, Shape.of(model.features()), memory.allocate(model.features()));
        features.stream().forEach(feature -> mask.segment().set(ValueLayout.JAVA_BYTE, feature, (byte) 1));
        return constant(mask);
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

    private Value integers(long... numbers) {
        Tensor tensor = Tensor.of(
                DataType.INT64, Shape.of(numbers.length), memory.allocate((long) numbers.length * Long.BYTES));
        for (int i = 0; i < numbers.length; i++) {
            tensor.segment().setAtIndex(ValueLayout.JAVA_LONG, i, numbers[i]);
        }
        return constant(tensor);
    }

    private Value constant(double[] numbers, Shape shape) {
        return constant(RealTensors.tensor(numbers, shape, model.type(), memory));
    }

    private Value constant(Tensor tensor) {
        Value value = new Value("constant_" + constants.size());
        constants.put(value, tensor);
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
