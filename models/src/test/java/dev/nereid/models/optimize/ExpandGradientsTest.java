package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.PlanRunner;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExpandGradientsTest {
    private final Value a = new Value("a");
    private final Value b = new Value("b");
    private final Value y = new Value("y");
    private final Value da = new Value("da");
    private final Value db = new Value("db");
    private final Tensor matrix = Tensors.floats(new float[] {1, 2, 3, 4}, 2, 2);
    private final Tensor row = Tensors.floats(new float[] {2, 4});

    private static Node node(String operator, List<Value> inputs, Value output) {
        return Node.of("", "", operator, 14, inputs, List.of(output), Attributes.NONE);
    }

    private Node gradient(String name) {
        Attributes attributes =
                new Attributes(Map.of("xs", new Attribute.Texts(List.of("a", "b")), "y", new Attribute.Text(name)));
        return new Node(
                "gradient",
                "ai.onnx.preview.training",
                "Gradient",
                1,
                List.of(Optional.of(a), Optional.of(b)),
                List.of(Optional.of(da), Optional.of(db)),
                attributes);
    }

    private Graph graph(Node... nodes) {
        return new Graph(
                "test",
                List.of(a, b),
                List.of(da, db),
                List.of(nodes),
                Map.of(),
                Map.of(a, TensorType.of(DataType.FP32, matrix.shape()), b, TensorType.of(DataType.FP32, row.shape())));
    }

    private List<String> run(Graph graph) {
        try (Arena arena = Arena.ofShared();
                SlabPool pool = new SlabPool(1 << 20)) {
            Graph expanded = Optimizer.none(ModelLoader.operators(), KernelSet.scalar(), arena)
                    .apply(graph);
            try (Plan plan = PlanBuilder.build(expanded, ModelLoader.operators(), KernelSet.scalar());
                    PlanRunner runner = new PlanRunner(plan, pool);
                    RunResult result = runner.run(List.of(matrix, row), Workers.single())) {
                return result.outputs().stream().map(Tensors::text).toList();
            }
        }
    }

    @Test
    void addsUpWhatWasBroadcastAndWhatIsReadTwice() {
        Value product = new Value("product");
        assertThat(run(graph(node("Mul", List.of(a, b), product), node("Add", List.of(product, a), y), gradient("y"))))
                .containsExactly("FP32[2,2] [3.0, 5.0, 3.0, 5.0]", "FP32[2] [4.0, 6.0]");
    }

    @Test
    void followsTheNodesThatStandBehindTheGradient() {
        assertThat(run(graph(gradient("y"), node("Div", List.of(a, b), y))))
                .containsExactly("FP32[2,2] [0.5, 0.25, 0.5, 0.25]", "FP32[2] [-1.0, -0.375]");
    }

    @Test
    void isZeroOfWhatDoesNotMatter() {
        assertThat(run(graph(node("Neg", List.of(a), y), gradient("y"))))
                .containsExactly("FP32[2,2] [-1.0, -1.0, -1.0, -1.0]", "FP32[2] [0.0, 0.0]");
    }

    @Test
    void namesAnOperatorThatIsNotDifferentiated() {
        assertThatThrownBy(() -> run(graph(node("MatMul", List.of(a, b), y), gradient("y"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("(MatMul) is not differentiated");
    }

    @Test
    void namesATensorThatIsNotThere() {
        assertThatThrownBy(() -> run(graph(node("Add", List.of(a, b), y), gradient("z"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("makes 'y', which is 'z'");
    }
}
