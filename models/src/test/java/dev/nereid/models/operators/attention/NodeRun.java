package dev.nereid.models.operators.attention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
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
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One node with its inputs, whose outputs are compared with numbers worked out elsewhere. It is run by the scalar and the
 * vector kernels, with shapes known to the plan, with ranks alone, and with nothing known, and with constants as such and
 * as inputs.
 */
public final class NodeRun {
    private enum Knowledge {
        SHAPE,
        RANK,
        NOTHING
    }

    private record Input(Tensor tensor, boolean constant) {}

    /** What an output shall be: its shape and its numbers. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Expected(long[] dims, double[] values) {
        public static Expected of(double[] values, long... dims) {
            return new Expected(dims, values);
        }
    }

    private static final KernelSet VECTOR = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());

    private final String domain;
    private final String operator;
    private final int opset;
    private final Map<String, Attribute> attributes = new HashMap<>();
    private final List<Optional<Input>> inputs = new ArrayList<>();
    private final Set<Integer> unwanted = new HashSet<>();

    private NodeRun(String domain, String operator, int opset) {
        this.domain = domain;
        this.operator = operator;
        this.opset = opset;
    }

    public static NodeRun onnx(String operator, int opset) {
        return new NodeRun("", operator, opset);
    }

    public static NodeRun microsoft(String operator) {
        return new NodeRun("com.microsoft", operator, 1);
    }

    public NodeRun with(String attribute, long value) {
        attributes.put(attribute, new Attribute.Int(value));
        return this;
    }

    public NodeRun with(String attribute, float value) {
        attributes.put(attribute, new Attribute.Real(value));
        return this;
    }

    public NodeRun with(String attribute, String value) {
        attributes.put(attribute, new Attribute.Text(value));
        return this;
    }

    public NodeRun with(String attribute, long[] values) {
        attributes.put(
                attribute, new Attribute.Ints(Arrays.stream(values).boxed().toList()));
        return this;
    }

    public NodeRun with(String attribute, List<Float> values) {
        attributes.put(attribute, new Attribute.Reals(values));
        return this;
    }

    public NodeRun data(Tensor tensor) {
        inputs.add(Optional.of(new Input(tensor, false)));
        return this;
    }

    /** An input that a model has as a constant. */
    public NodeRun constant(Tensor tensor) {
        inputs.add(Optional.of(new Input(tensor, true)));
        return this;
    }

    public NodeRun absent() {
        inputs.add(Optional.empty());
        return this;
    }

    /** An output that nobody reads. */
    public NodeRun without(int output) {
        unwanted.add(output);
        return this;
    }

    /** Checks that all ways give these outputs, the wanted ones in order; {@code tolerance} is relative and absolute. */
    public void gives(double tolerance, Expected... expected) {
        for (KernelSet kernels : List.of(KernelSet.scalar(), VECTOR)) {
            for (Knowledge knowledge : Knowledge.values()) {
                for (boolean constants : new boolean[] {true, false}) {
                    List<Tensor> got = run(expected.length + unwanted.size(), kernels, knowledge, constants);
                    for (int i = 0; i < expected.length; i++) {
                        String what = operator + " output " + i + " with " + knowledge + ", constants " + constants;
                        check(what, expected[i], got.get(i), tolerance);
                    }
                }
            }
        }
    }

    private static void check(String what, Expected expected, Tensor got, double tolerance) {
        assertThat(got.shape().dims()).as(what).isEqualTo(expected.dims());
        double[] values = Floats.values(got);
        for (int i = 0; i < values.length; i++) {
            double wanted = expected.values()[i];
            boolean same = Double.isNaN(wanted) ? Double.isNaN(values[i]) : values[i] == wanted;
            boolean close = Math.abs(values[i] - wanted) <= tolerance * (1 + Math.abs(wanted));
            assertThat(same || close)
                    .as("%s, element %d: expected %s, got %s", what, i, wanted, values[i])
                    .isTrue();
        }
    }

    /** Runs one way, by the vector kernels. */
    public List<Tensor> run(int outputs) {
        return run(outputs, VECTOR, Knowledge.RANK, true);
    }

    private List<Tensor> run(int outputs, KernelSet kernels, Knowledge knowledge, boolean constants) {
        List<Value> values = new ArrayList<>();
        List<Optional<Value>> nodeInputs = new ArrayList<>();
        List<Tensor> given = new ArrayList<>();
        Map<Value, Tensor> initializers = new HashMap<>();
        Map<Value, TensorType> types = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).isEmpty()) {
                nodeInputs.add(Optional.empty());
                continue;
            }
            Input input = inputs.get(i).get();
            Value value = new Value("in" + i);
            nodeInputs.add(Optional.of(value));
            if (input.constant() && constants) {
                initializers.put(value, input.tensor());
            } else {
                values.add(value);
                types.put(value, type(input.tensor(), knowledge, i));
                given.add(input.tensor());
            }
        }
        List<Value> made = new ArrayList<>();
        List<Optional<Value>> nodeOutputs = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            if (unwanted.contains(i)) {
                nodeOutputs.add(Optional.empty());
            } else {
                made.add(new Value("out" + i));
                nodeOutputs.add(Optional.of(made.getLast()));
            }
        }
        Node node = new Node("", domain, operator, opset, nodeInputs, nodeOutputs, new Attributes(attributes));
        Graph graph = new Graph("case", values, made, List.of(node), initializers, types);
        try (SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(graph, ModelLoader.operators(), kernels);
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(given, Workers.single())) {
            return result.outputs().stream().map(Tensors::copy).toList();
        }
    }

    private static TensorType type(Tensor tensor, Knowledge knowledge, int input) {
        if (knowledge == Knowledge.NOTHING) {
            return TensorType.ofUnknownRank(tensor.dataType());
        }
        if (knowledge == Knowledge.SHAPE) {
            return TensorType.of(tensor.dataType(), tensor.shape());
        }
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < tensor.shape().rank(); axis++) {
            dims.add(Dim.symbol("d" + input + "_" + axis));
        }
        return TensorType.of(tensor.dataType(), dims);
    }
}
