package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.PlanRunner;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each fusion is found in the graph an exporter writes, and computes what the graph computed before. */
class OptimizerTest {
    private static final int OPSET = 13;

    private final Arena arena = Arena.ofShared();
    private final SlabPool pool = new SlabPool(1 << 20);
    private final Random random = new Random(7);
    private final Map<Value, Tensor> constants = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private int values;

    @AfterEach
    void close() {
        pool.close();
        arena.close();
    }

    @Test
    void layerNormalizationSpelledOutBecomesOneNode() {
        Value x = new Value("x");
        Value mean = node("ReduceMean", Map.of("axes", ints(-1)), x);
        Value centred = node("Sub", x, mean);
        Value variance = node("ReduceMean", Map.of("axes", ints(-1)), node("Pow", centred, scalar(2)));
        Value deviation = node("Sqrt", node("Add", variance, scalar(1e-5f)));
        Value scaled = node("Mul", node("Div", centred, deviation), random(8));
        Value y = node("Add", scaled, random(8));
        assertThat(check(x, Shape.of(3, 8), y)).containsExactly("LayerNormalization");
    }

    @Test
    void geluSpelledOutBecomesOneNodeInEveryOrder() {
        Value x = new Value("x");
        Value sum = node("Add", node("Erf", node("Div", x, scalar((float) Math.sqrt(2)))), scalar(1));
        Value y = node("Mul", node("Mul", x, sum), scalar(0.5f));
        assertThat(check(x, Shape.of(2, 5), y)).containsExactly("Gelu");
        nodes.clear();
        sum = node("Add", node("Erf", node("Mul", x, scalar((float) Math.sqrt(0.5)))), scalar(1));
        y = node("Mul", node("Mul", x, scalar(0.5f)), sum);
        assertThat(check(x, Shape.of(2, 5), y)).containsExactly("Gelu");
    }

    @Test
    void productTakesBiasActivationAndResidual() {
        Value x = new Value("x");
        Value product = node("MatMul", x, random(6, 6));
        Value y = node("Add", node("Relu", node("Add", random(6), product)), x);
        assertThat(check(x, Shape.of(2, 3, 6), y)).containsExactly("FusedMatMul");
    }

    @Test
    void productKeepsAnActivationThatOthersRead() {
        Value x = new Value("x");
        Value sum = node("Add", node("MatMul", x, random(6, 6)), random(6));
        Value y = node("Mul", node("Relu", sum), sum);
        assertThat(check(x, Shape.of(2, 6), y)).containsExactly("FusedMatMul", "Relu", "Mul");
    }

    @Test
    void convolutionTakesBatchNormalizationAndActivation() {
        Value x = new Value("x");
        Value conv = node("Conv", Map.of("pads", ints(1, 1, 1, 1)), x, random(4, 3, 3, 3));
        Value normalised = node("BatchNormalization", conv, random(4), random(4), random(4), positive(4));
        Value y = node("Relu", normalised);
        assertThat(check(x, Shape.of(2, 3, 5, 5), y)).containsExactly("FusedConv");
    }

    @Test
    void layerNormalizationTakesTheSumInFrontOfIt() {
        Value x = new Value("x");
        Value sum = node("Add", node("Neg", x), x);
        Value y = node("LayerNormalization", node("Add", sum, x), random(8), random(8));
        nodes.replaceAll(node -> node.operator().equals("LayerNormalization")
                ? new Node("", "", node.operator(), 17, node.inputs(), node.outputs(), node.attributes())
                : node);
        assertThat(check(x, Shape.of(3, 8), y)).containsExactly("Neg", "Add", "FusedLayerNormalization");
    }

    @Test
    void selfAttentionSpelledOutBecomesOneProductAndOneAttention() {
        Value x = new Value("x");
        Value q = heads(x, 0, 2, 1, 3);
        Value k = heads(x, 0, 2, 3, 1);
        Value v = heads(x, 0, 2, 1, 3);
        Value scores = node("Div", node("MatMul", q, k), scalar(2));
        Value weights = node("Softmax", node("Add", scores, random(1, 1, 1, 5)));
        Value joined = node("Transpose", Map.of("perm", ints(0, 2, 1, 3)), node("MatMul", weights, v));
        Value y = node("Reshape", joined, shape(0, 5, 12));
        assertThat(check(x, Shape.of(2, 5, 12), y)).containsExactly("FusedMatMul", "FusedSelfAttention");
    }

    private Value heads(Value x, long... permutation) {
        Value projected = node("Add", node("MatMul", x, random(12, 12)), random(12));
        return node("Transpose", Map.of("perm", ints(permutation)), node("Reshape", projected, shape(0, 5, 3, 4)));
    }

    @Test
    void constantsAreComputedWhileLoading() {
        Value x = new Value("x");
        Value y = node("Add", x, node("Mul", random(4), node("Neg", random(4))));
        assertThat(check(x, Shape.of(2, 4), y)).containsExactly("Add");
    }

    /** Runs the graph as it is and optimised, compares, and names the operators of the optimised one. */
    private List<String> check(Value input, Shape shape, Value output) {
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            dims.add(axis == 0 ? Dim.symbol("n") : Dim.of(shape.dim(axis)));
        }
        Graph graph = new Graph(
                "test",
                List.of(input),
                List.of(output),
                nodes,
                constants,
                Map.of(input, TensorType.of(DataType.FP32, dims)));
        Graph optimized = Optimizer.full(ModelLoader.operators(), KernelSet.scalar(), arena, true)
                .apply(graph);
        Tensor x = floats(shape, false);
        float[] expected = run(graph, x);
        float[] actual = run(optimized, x);
        assertThat(actual).containsExactly(expected, Offset.offset(2e-5f));
        return optimized.nodes().stream().map(Node::operator).toList();
    }

    private float[] run(Graph graph, Tensor x) {
        try (Plan plan = PlanBuilder.build(graph, ModelLoader.operators(), KernelSet.scalar());
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(List.of(x), Workers.single())) {
            Tensor y = result.outputs().getFirst();
            return y.segment().asSlice(0, y.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private Value node(String operator, Value... inputs) {
        return node(operator, Map.of(), inputs);
    }

    private Value node(String operator, Map<String, Attribute> attributes, Value... inputs) {
        Value output = new Value("v" + values++);
        nodes.add(Node.of("", "", operator, OPSET, List.of(inputs), List.of(output), new Attributes(attributes)));
        return output;
    }

    private Value scalar(float value) {
        return constant(Tensor.of(DataType.FP32, Shape.SCALAR, arena.allocateFrom(ValueLayout.JAVA_FLOAT, value)));
    }

    private Value shape(long... dims) {
        return constant(
                Tensor.of(DataType.INT64, Shape.of(dims.length), arena.allocateFrom(ValueLayout.JAVA_LONG, dims)));
    }

    private Value random(long... dims) {
        return constant(floats(Shape.of(dims), false));
    }

    private Value positive(long... dims) {
        return constant(floats(Shape.of(dims), true));
    }

    private Value constant(Tensor tensor) {
        Value value = new Value("c" + values++);
        constants.put(value, tensor);
        return value;
    }

    private Tensor floats(Shape shape, boolean positive) {
        float[] elements = new float[(int) shape.elements()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = positive ? random.nextFloat(0.5f, 2) : random.nextFloat(-1, 1);
        }
        return Tensor.of(DataType.FP32, shape, arena.allocateFrom(ValueLayout.JAVA_FLOAT, elements));
    }

    private static Attribute ints(long... values) {
        return new Attribute.Ints(java.util.Arrays.stream(values).boxed().toList());
    }
}
