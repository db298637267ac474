package dev.nereid.models.pytorch.aten;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.PlanRunner;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.optimize.Optimizer;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Writes the graph of a case and runs it, in every way in which a graph can know its inputs. */
final class AtenBed {
    /** What the graph knows of the inputs, and whether it is optimised. */
    enum Way {
        SHAPES,
        OPTIMIZED,
        CONSTANTS,
        /** Only ranks are known. */
        RANKS
    }

    private static final KernelSet KERNELS = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());

    private AtenBed() {}

    static void check(AtenCase each) {
        for (Way way : each.known() ? List.of(Way.SHAPES, Way.OPTIMIZED, Way.CONSTANTS) : List.of(Way.values())) {
            if (each.refusal().isEmpty()) {
                run(each, way);
            } else {
                assertThatThrownBy(() -> run(each, way))
                        .as(each.name())
                        .isInstanceOf(ModelFormatException.class)
                        .hasMessageContaining(each.refusal());
            }
        }
    }

    private static void run(AtenCase each, Way way) {
        try (ImportMemory memory = new ImportMemory()) {
            AtenGraph graph = new AtenGraph(ModelLoader.operators(), memory);
            Map<String, List<Argument>> results = new HashMap<>();
            List<Tensor> given = new ArrayList<>();
            each.inputs().forEach((name, tensor) -> {
                boolean constant = way == Way.CONSTANTS
                        || (way == Way.RANKS && each.weights().contains(name));
                if (!constant) {
                    given.add(tensor);
                }
                Value value = constant ? graph.constant(name, tensor) : graph.input(name, type(name, tensor, way));
                results.put(name, List.of(Argument.OfTensor.of(value)));
            });
            for (AtenCase.Call call : each.calls()) {
                AtenCase.Reader arguments = new AtenCase.Reader(call, results);
                List<Argument> got = AtenTable.all()
                        .call(graph, call.operator(), call.overload(), arguments.positional, arguments.named);
                results.put(
                        call.result(),
                        got.size() == 1 && got.getFirst() instanceof Argument.OfList(List<Argument> items)
                                ? items
                                : got);
            }
            List<Value> outputs = each.results().stream()
                    .map(result -> output(graph, AtenCase.reference(result.reference(), results)))
                    .toList();
            List<Tensor> got = run(graph.graph(each.name(), outputs), given, way == Way.OPTIMIZED);
            for (int i = 0; i < got.size(); i++) {
                AtenCase.Result wanted = each.results().get(i);
                TorchNumbers.check(
                        each.name() + ", " + way + ", " + wanted.reference(),
                        got.get(i),
                        wanted.tensor(),
                        each.tolerance());
                checkType(each, graph.type(outputs.get(i)), got.get(i));
            }
        }
    }

    /** What the graph says of an output must be so: its rank, and the dims that it knows. */
    private static void checkType(AtenCase each, TensorType type, Tensor got) {
        assertThat(type.dataType()).as(each.name()).isEqualTo(got.dataType());
        if (type.hasRank()) {
            assertThat(type.rank()).as(each.name()).isEqualTo(got.shape().rank());
        }
    }

    /** An integer result is a tensor of shape [] here. */
    private static Value output(AtenGraph graph, Argument result) {
        Value value = switch (result) {
            case Argument.OfTensor(TensorReference reference) -> reference.value();
            case Argument.OfInteger(long number) -> graph.scalar(number, DataType.INT64);
            case Argument.OfReal(double number) -> graph.scalar(number, DataType.FP64);
            case Argument.OfBoolean(boolean truth) -> graph.scalar(truth ? 1L : 0L, DataType.BOOL);
            case Argument.OfSymbolicInteger(Value number) -> graph.node("Reshape", number, graph.integers());
            case Argument.OfSymbolicScalar(Value number) -> number;
            default -> throw new IllegalArgumentException(result.kind());
        };
        return graph.node("Identity", value);
    }

    private static List<Tensor> run(Graph graph, List<Tensor> given, boolean optimized) {
        try (Arena folded = Arena.ofShared();
                SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(
                        optimized
                                ? Optimizer.full(ModelLoader.operators(), KERNELS, folded, true)
                                        .apply(graph)
                                : graph,
                        ModelLoader.operators(),
                        KERNELS);
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(given, Workers.single())) {
            return result.outputs().stream().map(Tensors::copy).toList();
        }
    }

    private static TensorType type(String name, Tensor tensor, Way way) {
        return way == Way.RANKS
                ? TensorType.of(
                        tensor.dataType(),
                        IntStream.range(0, tensor.shape().rank())
                                .mapToObj(axis -> Dim.symbol(name + "_" + axis))
                                .toList())
                : TensorType.of(tensor.dataType(), tensor.shape());
    }
}
