package dev.nereid.models.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Steps whose shapes only a run can know. */
class InferredTypesTest {
    private final Value x = new Value("x");
    private final Value positive = new Value("positive");
    private final Value numbers = new Value("numbers");
    private final Value y = new Value("y");

    private static Node node(String operator, Attributes attributes, Value input, Value output) {
        return Node.of("", "", operator, 17, List.of(input), List.of(output), attributes);
    }

    private Graph graph(List<Node> nodes) {
        return new Graph(
                "g",
                List.of(x),
                List.of(y),
                nodes,
                Map.of(),
                Map.of(x, TensorType.of(DataType.FP32, List.of(Dim.symbol("n")))));
    }

    private static String run(PlanRunner runner, float... values) {
        try (RunResult result = runner.run(List.of(Tensors.floats(values)), Workers.single())) {
            return Tensors.text(result.outputs().getFirst());
        }
    }

    @Test
    @Tag("found-23")
    void areInferredAgainOnlyForOtherShapes() {
        Graph graph = graph(
                List.of(node("Positive", Attributes.NONE, x, positive), node("Even", Attributes.NONE, positive, y)));
        try (SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(graph, TestOperators.set(), KernelSet.scalar());
                PlanRunner runner = new PlanRunner(plan, pool)) {
            assertThat(run(runner, 1, -1, 2)).isEqualTo("FP32[2] [1.0, 2.0]");
            int inferences = TestOperators.inferencesOfEven();
            assertThat(run(runner, -1, 3, 4)).isEqualTo("FP32[2] [3.0, 4.0]");
            assertThat(TestOperators.inferencesOfEven()).isEqualTo(inferences);
            assertThat(run(runner, 1, 2, 3, 4)).isEqualTo("FP32[4] [1.0, 2.0, 3.0, 4.0]");
            assertThat(TestOperators.inferencesOfEven()).isEqualTo(inferences + 1);
        }
    }

    @Test
    void areInferredAgainWhereTheyDependOnTheContentOfAnInput() {
        Attributes toInteger = new Attributes(Map.of("to", new Attribute.Int(7)));
        Graph graph = graph(
                List.of(node("Cast", toInteger, x, numbers), node("ConstantOfShape", Attributes.NONE, numbers, y)));
        try (SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(graph, ModelLoader.operators(), KernelSet.scalar());
                PlanRunner runner = new PlanRunner(plan, pool)) {
            assertThat(run(runner, 1, 2)).isEqualTo("FP32[1,2] [0.0, 0.0]");
            assertThat(run(runner, 3, 1)).isEqualTo("FP32[3,1] [0.0, 0.0, 0.0]");
        }
    }

    @Test
    void ofAStepThatReadsASequenceToo() {
        Value sequence = new Value("sequence");
        Graph graph = graph(List.of(
                node("SequenceConstruct", Attributes.NONE, x, sequence),
                node("Positive", Attributes.NONE, x, positive),
                Node.of("", "", "Even", 17, List.of(positive, sequence), List.of(y), Attributes.NONE)));
        OperatorSet operators = new OperatorSet(
                TestOperators.set().all(),
                List.of(ModelLoader.operators()
                        .find("", "SequenceConstruct", 17)
                        .orElseThrow()));
        try (SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(graph, operators, KernelSet.scalar());
                PlanRunner runner = new PlanRunner(plan, pool)) {
            assertThat(run(runner, 1, -1, 2)).isEqualTo("FP32[2] [1.0, 2.0]");
            assertThat(run(runner, 3, -1, 4)).isEqualTo("FP32[2] [3.0, 4.0]");
        }
    }
}
