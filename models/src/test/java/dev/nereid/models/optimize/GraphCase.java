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
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AutoClose;

/** The base of tests that write a graph node by node, optimise it and compare what it computes. */
public abstract class GraphCase {
    private static final int OPSET = 13;

    @AutoClose
    private final Arena arena = Arena.ofShared();

    @AutoClose
    private final SlabPool pool = new SlabPool(1 << 20);

    private final Random random = new Random(7);
    protected final Map<Value, Tensor> constants = new HashMap<>();
    protected final List<Node> nodes = new ArrayList<>();
    private int values;

    /** The operators that graphs may use. */
    protected OperatorSet operators() {
        return ModelLoader.operators();
    }

    /** Runs the graph as it is and optimised, compares, and names the operators of the optimised one. */
    protected List<String> check(Value input, Shape shape, Value output) {
        return check(input, shape, output, 2e-5f);
    }

    /** As the other one, where results may differ by more. */
    protected List<String> check(Value input, Shape shape, Value output, float difference) {
        Graph graph = graph(input, shape, output);
        Graph optimized = optimized(graph);
        Tensor x = floats(shape, false);
        float[] expected = run(graph, x);
        float[] actual = run(optimized, x);
        assertThat(actual).containsExactly(expected, Offset.offset(difference));
        return operators(optimized);
    }

    /** The operators of the optimised graph, which is not run. */
    protected List<String> optimized(Value input, Shape shape, Value output) {
        return operators(optimized(graph(input, shape, output)));
    }

    /** The operators of the optimised graph of inputs of these types, which is not run. */
    protected List<String> optimized(Map<Value, TensorType> inputs, Value... outputs) {
        return operators(
                optimized(new Graph("test", List.copyOf(inputs.keySet()), List.of(outputs), nodes, constants, inputs)));
    }

    private Graph graph(Value input, Shape shape, Value output) {
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            dims.add(axis == 0 ? Dim.symbol("n") : Dim.of(shape.dim(axis)));
        }
        return new Graph(
                "test",
                List.of(input),
                List.of(output),
                nodes,
                constants,
                Map.of(input, TensorType.of(DataType.FP32, dims)));
    }

    private Graph optimized(Graph graph) {
        return Optimizer.full(operators(), KernelSet.scalar(), arena, true).apply(graph);
    }

    private static List<String> operators(Graph graph) {
        return graph.nodes().stream().map(Node::operator).toList();
    }

    private float[] run(Graph graph, Tensor x) {
        try (Plan plan = PlanBuilder.build(graph, operators(), KernelSet.scalar());
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(List.of(x), Workers.single())) {
            Tensor y = result.outputs().getFirst();
            return y.segment().asSlice(0, y.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    protected Value node(String operator, Value... inputs) {
        return node(operator, Map.of(), inputs);
    }

    protected Value node(String operator, Map<String, Attribute> attributes, Value... inputs) {
        return node("", OPSET, operator, attributes, inputs);
    }

    protected Value node(
            String domain, int opset, String operator, Map<String, Attribute> attributes, Value... inputs) {
        Value output = new Value("v" + values++);
        nodes.add(Node.of("", domain, operator, opset, List.of(inputs), List.of(output), new Attributes(attributes)));
        return output;
    }

    protected Value scalar(float value) {
        return constant(Tensor.of(DataType.FP32, Shape.SCALAR, arena.allocateFrom(ValueLayout.JAVA_FLOAT, value)));
    }

    protected Value shape(long... dims) {
        return constant(
                Tensor.of(DataType.INT64, Shape.of(dims.length), arena.allocateFrom(ValueLayout.JAVA_LONG, dims)));
    }

    protected Value scalarInteger(long value) {
        return constant(Tensor.of(DataType.INT64, Shape.SCALAR, arena.allocateFrom(ValueLayout.JAVA_LONG, value)));
    }

    protected Value random(long... dims) {
        return constant(floats(Shape.of(dims), false));
    }

    protected Value positive(long... dims) {
        return constant(floats(Shape.of(dims), true));
    }

    /** Random numbers between -1 and 1 of FP16 or BF16. */
    protected Value halves(DataType type, long... dims) {
        short[] elements = new short[Math.toIntExact(Shape.of(dims).elements())];
        for (int i = 0; i < elements.length; i++) {
            float number = random.nextFloat(-1, 1);
            elements[i] = type == DataType.FP16
                    ? Float.floatToFloat16(number)
                    : (short) (Float.floatToRawIntBits(number) >>> 16);
        }
        return constant(Tensor.of(type, Shape.of(dims), arena.allocateFrom(ValueLayout.JAVA_SHORT, elements)));
    }

    /** A constant byte, uint8 or int8. */
    protected Value scalarByte(DataType type, int value) {
        return constant(Tensor.of(type, Shape.SCALAR, arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) value)));
    }

    /** Random bytes, uint8 or int8. */
    protected Value randomBytes(DataType type, long... dims) {
        byte[] elements = new byte[Math.toIntExact(Shape.of(dims).elements())];
        random.nextBytes(elements);
        return bytes(type, elements, dims);
    }

    /** Random numbers of four or eight bits, with or without a sign. */
    protected Value nBits(DataType type, long... dims) {
        byte[] elements = new byte[Math.toIntExact(Shape.of(dims).elements())];
        int range = type == DataType.INT4 || type == DataType.UINT4 ? 16 : 256;
        int least = type == DataType.INT4 || type == DataType.INT8 ? -range / 2 : 0;
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (byte) (least + random.nextInt(range));
        }
        return bytes(type, elements, dims);
    }

    private Value bytes(DataType type, byte[] elements, long... dims) {
        return constant(Tensor.of(type, Shape.of(dims), arena.allocateFrom(ValueLayout.JAVA_BYTE, elements)));
    }

    protected Value integers(int... elements) {
        return constant(Tensor.of(
                DataType.INT32, Shape.of(elements.length), arena.allocateFrom(ValueLayout.JAVA_INT, elements)));
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

    protected static Attribute ints(long... values) {
        return new Attribute.Ints(Arrays.stream(values).boxed().toList());
    }
}
