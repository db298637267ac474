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
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UnreadInputsTest {
    private final Value x = new Value("x");
    private final Value weights = new Value("weights");
    private final Value axes = new Value("axes");
    private final Value positions = new Value("positions");
    private final Value rows = new Value("rows");
    private final Value numbers = new Value("numbers");
    private final Value product = new Value("product");
    private final Value sum = new Value("sum");

    private static Node node(String operator, Attributes attributes, List<Value> inputs, Value output) {
        return Node.of("", "", operator, 17, inputs, List.of(output), attributes);
    }

    /** The weights are packed and the axes known when the plan is built; the number of rows only in the run. */
    @Test
    void findsShapesWithInputsThatTheStepDoesNotRead() {
        Attributes toFloat = new Attributes(Map.of("to", new Attribute.Int(1)));
        Attributes dropAxis = new Attributes(Map.of("keepdims", new Attribute.Int(0)));
        List<Node> nodes = List.of(
                node("NonZero", Attributes.NONE, List.of(x), positions),
                node("Transpose", Attributes.NONE, List.of(positions), rows),
                node("Cast", toFloat, List.of(rows), numbers),
                node("MatMul", Attributes.NONE, List.of(numbers, weights), product),
                node("ReduceSum", dropAxis, List.of(product, axes), sum));
        Tensor weightValues = Tensors.floats(new float[] {1, 10}, 1, 2);
        Graph graph = new Graph(
                "g",
                List.of(x),
                List.of(product, sum),
                nodes,
                Map.of(weights, weightValues, axes, Tensors.longs(1)),
                Map.of(x, TensorType.of(DataType.FP32, List.of(Dim.symbol("n")))));
        try (SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(graph, ModelLoader.operators(), KernelSet.scalar());
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(List.of(Tensors.floats(new float[] {0, 5, 0, 7})), Workers.single())) {
            assertThat(result.outputs())
                    .extracting(Tensors::text)
                    .containsExactly("FP32[2,2] [1.0, 10.0, 3.0, 30.0]", "FP32[2] [11.0, 33.0]");
        }
    }
}
