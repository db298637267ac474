package dev.nereid.models.operators;

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
import dev.nereid.models.optimize.Optimizer;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * One node with its inputs. It is run in every way a plan can know them (arguments as constants or not, shapes as
 * numbers, as symbols, or not even ranks) and by the scalar and the vector kernels, and once optimised: the
 * results must be the same, or agree with numbers worked out elsewhere.
 */
public final class OperatorCase {
    /** What a plan is told of an input. */
    private enum Knowledge {
        CONSTANT,
        SHAPE,
        RANK,
        NOTHING
    }

    private record Input(Tensor tensor, boolean argument) {}

    private static final List<KernelSet> KERNELS =
            List.of(KernelSet.scalar(), new VectorKernels(Cpu.detect()).over(KernelSet.scalar()));

    private final String domain;
    private final String operator;
    private final int opset;
    private final Map<String, Attribute> attributes = new HashMap<>();
    private final List<Optional<Input>> inputs = new ArrayList<>();
    private final Set<Integer> unwanted = new HashSet<>();
    private int outputs = 1;

    private OperatorCase(String domain, String operator, int opset) {
        this.domain = domain;
        this.operator = operator;
        this.opset = opset;
    }

    public static OperatorCase of(String operator, int opset) {
        return of("", operator, opset);
    }

    public static OperatorCase microsoft(String operator) {
        return of("com.microsoft", operator, 1);
    }

    /** A node of another domain. */
    public static OperatorCase of(String domain, String operator, int opset) {
        return new OperatorCase(domain, operator, opset);
    }

    public OperatorCase with(String attribute, long value) {
        attributes.put(attribute, new Attribute.Int(value));
        return this;
    }

    public OperatorCase with(String attribute, long[] values) {
        attributes.put(
                attribute, new Attribute.Ints(Arrays.stream(values).boxed().toList()));
        return this;
    }

    public OperatorCase with(String attribute, float[] values) {
        List<Float> list = new ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        attributes.put(attribute, new Attribute.Reals(list));
        return this;
    }

    public OperatorCase with(String attribute, float value) {
        attributes.put(attribute, new Attribute.Real(value));
        return this;
    }

    public OperatorCase with(String attribute, List<String> texts) {
        attributes.put(attribute, new Attribute.Texts(texts));
        return this;
    }

    public OperatorCase with(String attribute, String text) {
        attributes.put(attribute, new Attribute.Text(text));
        return this;
    }

    public OperatorCase with(String attribute, Tensor tensor) {
        attributes.put(attribute, new Attribute.TensorValue(tensor));
        return this;
    }

    /** An input that comes with a run. */
    public OperatorCase data(Tensor tensor) {
        inputs.add(Optional.of(new Input(tensor, false)));
        return this;
    }

    /** An input that is often a constant, such as a shape. */
    public OperatorCase argument(Tensor tensor) {
        inputs.add(Optional.of(new Input(tensor, true)));
        return this;
    }

    /** An optional input that is left out. */
    public OperatorCase absent() {
        return absent(1);
    }

    /** So many optional inputs that are left out. */
    public OperatorCase absent(int count) {
        inputs.addAll(Collections.nCopies(count, Optional.empty()));
        return this;
    }

    public OperatorCase outputs(int count) {
        outputs = count;
        return this;
    }

    /** An output that nobody reads, beside those that are. */
    public OperatorCase without(int output) {
        unwanted.add(output);
        return this;
    }

    /** Checks that all ways give these outputs. */
    public void gives(Tensor... expected) {
        List<String> wanted = Arrays.stream(expected).map(Tensors::text).toList();
        outputs = expected.length;
        everyWay((what, got) ->
                assertThat(got.stream().map(Tensors::text).toList()).as(what).isEqualTo(wanted));
    }

    /** Checks that all ways give these outputs, the wanted ones in order; {@code tolerance} is relative and absolute. */
    public void gives(double tolerance, Expected... expected) {
        outputs = expected.length;
        everyWay((what, got) -> {
            for (int i = 0; i < expected.length; i++) {
                expected[i].check(what + ", output " + i, got.get(i), tolerance);
            }
        });
    }

    private void everyWay(BiConsumer<String, List<Tensor>> check) {
        for (KernelSet kernels : KERNELS) {
            for (Knowledge data : List.of(Knowledge.SHAPE, Knowledge.RANK, Knowledge.NOTHING)) {
                for (Knowledge argument : Knowledge.values()) {
                    String what = operator + " with data known by " + data + ", arguments by " + argument;
                    check.accept(what, tensors(kernels, data, argument));
                }
            }
        }
        check.accept(operator + ", optimised", optimized(KERNELS.getLast()));
    }

    /** Runs with shapes that only the run knows and constant arguments. */
    public List<String> run() {
        return tensors(KERNELS.getFirst(), Knowledge.RANK, Knowledge.CONSTANT).stream()
                .map(Tensors::text)
                .toList();
    }

    /** The outputs of a run by the vector kernels, with constant arguments. */
    public List<Tensor> tensors() {
        return tensors(KERNELS.getLast(), Knowledge.SHAPE, Knowledge.CONSTANT);
    }

    /** The same with the threads of others. */
    public List<Tensor> tensors(Workers workers) {
        Prepared prepared = prepare(Knowledge.SHAPE, Knowledge.CONSTANT);
        return run(prepared.graph(), KERNELS.getLast(), prepared.given(), workers);
    }

    /** The outputs of a run of the optimised node with these kernels, with constant arguments. */
    public List<Tensor> optimized(KernelSet kernels) {
        try (Arena folded = Arena.ofShared()) {
            Prepared prepared = prepare(Knowledge.SHAPE, Knowledge.CONSTANT);
            Graph graph = Optimizer.full(ModelLoader.operators(), kernels, folded, true)
                    .apply(prepared.graph());
            return run(graph, kernels, prepared.given(), Workers.single());
        }
    }

    private List<Tensor> tensors(KernelSet kernels, Knowledge data, Knowledge argument) {
        Prepared prepared = prepare(data, argument);
        return run(prepared.graph(), kernels, prepared.given(), Workers.single());
    }

    private record Prepared(Graph graph, List<Tensor> given) {}

    private Prepared prepare(Knowledge data, Knowledge argument) {
        List<Value> values = new ArrayList<>();
        List<Optional<Value>> nodeInputs = new ArrayList<>();
        List<Tensor> given = new ArrayList<>();
        Map<Value, Tensor> constants = new HashMap<>();
        Map<Value, TensorType> types = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).isEmpty()) {
                nodeInputs.add(Optional.empty());
                continue;
            }
            Input input = inputs.get(i).get();
            Knowledge knowledge = input.argument() ? argument : data;
            Value value = new Value("in" + i);
            nodeInputs.add(Optional.of(value));
            if (knowledge == Knowledge.CONSTANT) {
                constants.put(value, input.tensor());
            } else {
                values.add(value);
                types.put(value, type(input.tensor(), knowledge, i));
                given.add(input.tensor());
            }
        }
        List<Value> made = new ArrayList<>();
        List<Optional<Value>> nodeOutputs = new ArrayList<>();
        for (int i = 0; made.size() < outputs; i++) {
            Optional<Value> output = unwanted.contains(i) ? Optional.empty() : Optional.of(new Value("out" + i));
            output.ifPresent(made::add);
            nodeOutputs.add(output);
        }
        Node node = new Node("", domain, operator, opset, nodeInputs, nodeOutputs, new Attributes(attributes));
        return new Prepared(new Graph("case", values, made, List.of(node), constants, types), given);
    }

    private static List<Tensor> run(Graph graph, KernelSet kernels, List<Tensor> given, Workers workers) {
        try (SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(graph, ModelLoader.operators(), kernels);
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(given, workers)) {
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
