package dev.nereid.models.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class PlanRunnerTest {
    private static final Dim N = Dim.symbol("n");

    @AutoClose
    private final Arena arena = Arena.ofShared();

    @AutoClose
    private final SlabPool pool = new SlabPool(1 << 20);

    private final Value x = new Value("x");

    @Test
    void runsEveryLengthWithOnePlan() {
        Value y = new Value("y");
        Value z = new Value("z");
        Graph graph = graph(List.of(z), node("Twice", List.of(x), y), node("Sum", List.of(x, y), z));
        try (Plan plan = build(graph);
                PlanRunner runner = new PlanRunner(plan, pool)) {
            for (int length : new int[] {3, 1, 0, 100, 3}) {
                try (RunResult result = runner.run(List.of(ramp(length, 1)), Workers.single())) {
                    assertThat(result.outputs().get(0).shape()).isEqualTo(Shape.of(length, 1));
                    assertThat(floats(result.outputs().get(0))).containsExactly(times(3, ramp(length, 1)));
                }
            }
        }
    }

    @Test
    void reusesMemoryOfValuesThatAreReadNoMore() {
        Value last = x;
        Node[] nodes = new Node[20];
        for (int i = 0; i < nodes.length; i++) {
            Value next = new Value("v" + i);
            nodes[i] = i % 2 == 0 ? node("Sum", List.of(last, last), next) : node("Twice", List.of(last), next);
            last = next;
        }
        try (Plan plan = build(graph(List.of(last), nodes))) {
            assertThat(FrameLayout.of(plan.regions(), _ -> 100).bytes()).isEqualTo(2 * 100 * 100 * Float.BYTES);
        }
    }

    @Test
    void neverOverwritesAValueThatIsReadLater() {
        Value a = new Value("a");
        Value b = new Value("b");
        Value c = new Value("c");
        Graph graph = graph(
                List.of(c), node("Sum", List.of(x, x), a), node("Twice", List.of(a), b), node("Sum", List.of(a, b), c));
        assertThat(run(graph, ramp(5, 2))).containsExactly(times(6, ramp(5, 2)));
    }

    @Test
    void keepsAViewsMemoryUntilTheViewIsRead() {
        Value a = new Value("a");
        Value flat = new Value("flat");
        Value b = new Value("b");
        Value c = new Value("c");
        Value d = new Value("d");
        Graph graph = graph(
                List.of(d),
                node("Sum", List.of(x, x), a),
                node("Flat", List.of(a), flat),
                node("Sum", List.of(x, x), b),
                node("Flat", List.of(b), c),
                node("Sum", List.of(flat, c), d));
        assertThat(run(graph, ramp(4, 2))).containsExactly(times(4, ramp(4, 2)));
    }

    @Test
    void followsShapesThatOnlyTheRunKnows() {
        Value positive = new Value("positive");
        Value twice = new Value("twice");
        Value flat = new Value("flat");
        Value sum = new Value("sum");
        Graph graph = graph(
                List.of(sum),
                node("Positive", List.of(x), positive),
                node("Twice", List.of(positive), twice),
                node("Flat", List.of(twice), flat),
                node("Sum", List.of(flat, positive), sum));
        assertThat(run(graph, tensor(Shape.of(2, 2), -1, 4, 0, 5))).containsExactly(12, 15);
    }

    /** What an operator asks of shapes that are formulas when the plan is built holds in every run all the same. */
    @Test
    void asksOperatorsAboutEveryNewShapeOnce() {
        Value even = new Value("even");
        try (Plan plan = build(graph(List.of(even), node("Even", List.of(x), even)));
                PlanRunner runner = new PlanRunner(plan, pool)) {
            int before = TestOperators.inferencesOfEven();
            for (int length : new int[] {2, 4, 2, 4, 4, 2}) {
                try (RunResult result = runner.run(List.of(ramp(length, 1)), Workers.single())) {
                    assertThat(floats(result.outputs().get(0))).containsExactly(floats(ramp(length, 1)));
                }
            }
            assertThat(TestOperators.inferencesOfEven() - before).isEqualTo(2);
            for (int time = 0; time < 2; time++) {
                assertThatThrownBy(() -> runner.run(List.of(ramp(3, 1)), Workers.single()))
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("inputs of the shapes [[3,1]] do not suit the model")
                        .hasMessageContaining("Even")
                        .hasMessageContaining("expected an even number of elements, got FP32[3, 1]")
                        .extracting(e -> ((ExecutionException) e).fault())
                        .isEqualTo(ExecutionException.Fault.INPUT);
            }
        }
    }

    @Test
    void dropsStepsThatNobodyReads() {
        Value y = new Value("y");
        Value unread = new Value("unread");
        try (Plan plan = build(graph(List.of(y), node("Twice", List.of(x), y), node("Twice", List.of(y), unread)))) {
            assertThat(plan.steps()).hasSize(1);
        }
    }

    @Test
    void refusesAnInputOfAnotherTypeOrRankAndNamesIt() {
        Value y = new Value("y");
        try (Plan plan = build(graph(List.of(y), node("Twice", List.of(x), y)));
                PlanRunner runner = new PlanRunner(plan, pool)) {
            Tensor flat = tensor(Shape.of(2), 1, 2);
            assertThatThrownBy(() -> runner.run(List.of(flat), Workers.single()))
                    .isInstanceOf(ExecutionException.class)
                    .hasMessage("input 'x': expected shape [n, m], got [2]");
            Tensor ints = Tensor.of(DataType.INT32, Shape.of(1, 1), arena.allocate(4));
            assertThatThrownBy(() -> runner.run(List.of(ints), Workers.single()))
                    .hasMessage("input 'x': expected datatype FP32, got INT32");
        }
    }

    @Test
    void namesTheNodeOfAnUnknownOperator() {
        Value y = new Value("y");
        Graph graph = graph(List.of(y), node("Nonsense", List.of(x), y));
        assertThatThrownBy(() -> build(graph))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("node 'y' (Nonsense)")
                .hasMessageContaining("is not known");
    }

    @Test
    void givesAllMemoryBack() {
        long before = NativeMemory.liveBytes();
        Value y = new Value("y");
        try (Plan plan = build(graph(List.of(y), node("Positive", List.of(x), y)));
                SlabPool own = new SlabPool(0);
                PlanRunner runner = new PlanRunner(plan, own)) {
            for (int i = 0; i < 10; i++) {
                runner.run(List.of(ramp(i, 3)), Workers.single()).close();
            }
        }
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    private float[] run(Graph graph, Tensor input) {
        try (Plan plan = build(graph);
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(List.of(input), Workers.single())) {
            return floats(result.outputs().get(0));
        }
    }

    private static Plan build(Graph graph) {
        return PlanBuilder.build(graph, TestOperators.set(), KernelSet.scalar());
    }

    private Graph graph(List<Value> outputs, Node... nodes) {
        TensorType type = TensorType.of(DataType.FP32, List.of(N, Dim.symbol("m")));
        return new Graph("test", List.of(x), outputs, List.of(nodes), Map.of(), Map.of(x, type));
    }

    private static Node node(String operator, List<Value> inputs, Value output) {
        return Node.of("", "", operator, 1, inputs, List.of(output), Attributes.NONE);
    }

    private Tensor ramp(int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = i + 1;
        }
        return tensor(Shape.of(rows, columns), values);
    }

    private Tensor tensor(Shape shape, float... values) {
        return Tensor.of(DataType.FP32, shape, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static float[] floats(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
    }

    private static float[] times(float factor, Tensor tensor) {
        float[] values = floats(tensor);
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        return values;
    }
}
