package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.PlanRunner;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds small graphs for tests by the names of their values, and runs them. */
public final class GraphSketch implements AutoCloseable {
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, Tensor> inputs = new LinkedHashMap<>();
    private final Map<Value, Tensor> constants = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<NativeMemory> memory = new ArrayList<>();

    /** An input of the graph, with what a run gives it. */
    public GraphSketch input(String name, Tensor tensor) {
        inputs.put(name, tensor);
        return this;
    }

    public GraphSketch constant(String name, Tensor tensor) {
        constants.put(value(name), tensor);
        return this;
    }

    /** A node of the default domain; an empty name leaves an input out. */
    public GraphSketch node(String operator, int opset, List<String> from, List<String> to, Attributes attributes) {
        nodes.add(new Node(operator, "", operator, opset, optional(from), optional(to), attributes));
        return this;
    }

    /** A node without attributes and with one output. */
    public GraphSketch node(String operator, int opset, List<String> from, String to) {
        return node(operator, opset, from, List.of(to), Attributes.NONE);
    }

    /** An attribute of integers. */
    public static Attribute integers(long... list) {
        return new Attribute.Ints(Arrays.stream(list).boxed().toList());
    }

    public Graph graph(String... outputs) {
        Map<Value, TensorType> types = new HashMap<>();
        inputs.forEach((name, tensor) -> types.put(value(name), TensorType.of(tensor.dataType(), tensor.shape())));
        return new Graph(
                "sketch",
                inputs.keySet().stream().map(this::value).toList(),
                Arrays.stream(outputs).map(this::value).toList(),
                nodes,
                constants,
                types);
    }

    /** The outputs of a graph of this sketch, for the inputs that were given. */
    public List<Tensor> run(Graph graph, KernelSet kernels) {
        List<Tensor> results = new ArrayList<>();
        try (SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(graph, ModelLoader.operators(), kernels);
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(List.copyOf(inputs.values()), Workers.single())) {
            for (Tensor output : result.outputs()) {
                Tensor copy = tensor(output.dataType(), output.shape());
                copy.segment().copyFrom(output.segment().asSlice(0, output.byteSize()));
                results.add(copy);
            }
        }
        return results;
    }

    public Tensor bytes(DataType type, Shape shape, int... elements) {
        Tensor tensor = tensor(type, shape);
        for (int i = 0; i < elements.length; i++) {
            tensor.segment().set(ValueLayout.JAVA_BYTE, i, (byte) elements[i]);
        }
        return tensor;
    }

    public Tensor floats(Shape shape, float... elements) {
        Tensor tensor = tensor(DataType.FP32, shape);
        for (int i = 0; i < elements.length; i++) {
            tensor.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, elements[i]);
        }
        return tensor;
    }

    public Tensor ints(Shape shape, int... elements) {
        Tensor tensor = tensor(DataType.INT32, shape);
        for (int i = 0; i < elements.length; i++) {
            tensor.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, elements[i]);
        }
        return tensor;
    }

    /** Frees every tensor of this sketch. */
    @Override
    public void close() {
        memory.forEach(NativeMemory::close);
    }

    private Tensor tensor(DataType type, Shape shape) {
        NativeMemory block = NativeMemory.allocate(shape.elements() * type.bytes());
        memory.add(block);
        return Tensor.of(type, shape, block.segment());
    }

    private Value value(String name) {
        return values.computeIfAbsent(name, Value::new);
    }

    private List<Optional<Value>> optional(List<String> names) {
        return names.stream()
                .map(name -> name.isEmpty() ? Optional.<Value>empty() : Optional.of(value(name)))
                .toList();
    }
}
