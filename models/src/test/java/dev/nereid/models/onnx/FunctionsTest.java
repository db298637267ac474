package dev.nereid.models.onnx;

import static dev.nereid.models.onnx.OnnxFiles.call;
import static dev.nereid.models.onnx.OnnxFiles.floats;
import static dev.nereid.models.onnx.OnnxFiles.function;
import static dev.nereid.models.onnx.OnnxFiles.model;
import static dev.nereid.models.onnx.OnnxFiles.node;
import static dev.nereid.models.onnx.OnnxFiles.reference;
import static dev.nereid.models.operators.ModelSketch.number;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.execute.PlanRunner;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.optimize.Optimizer;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.FunctionProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models whose operators are functions of their own, from the file to numbers. */
class FunctionsTest {
    @TempDir
    Path folder;

    private List<Tensor> run(ModelProto.Builder model, Tensor... given) {
        KernelSet kernels = KernelSet.scalar();
        try (ImportedModel imported = OnnxImporter.load(OnnxFiles.write(folder, model));
                Arena folded = Arena.ofShared();
                SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(
                        Optimizer.full(ModelLoader.operators(), kernels, folded, true)
                                .apply(imported.graph()),
                        ModelLoader.operators(),
                        kernels);
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(List.of(given), Workers.single())) {
            return result.outputs().stream().map(Tensors::copy).toList();
        }
    }

    private static GraphProto.Builder graph(NodeProto... nodes) {
        return GraphProto.newBuilder()
                .setName("g")
                .addAllNode(List.of(nodes))
                .addInput(floats("x", 2, 2))
                .addOutput(floats("y", 2));
    }

    private static AttributeProto reals(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value)
                .build();
    }

    /** Sum along the attribute {@code along}, without the axis; by default the last one. */
    private static FunctionProto sum() {
        NodeProto axes = node("Constant", List.of(), List.of("axes"), reference("value_ints", "along"));
        NodeProto sum = node("ReduceSum", List.of("a", "axes"), List.of("r"), number("keepdims", 0));
        AttributeProto last = AttributeProto.newBuilder()
                .setName("along")
                .setType(AttributeProto.AttributeType.INTS)
                .addInts(-1)
                .build();
        return function("Sum", List.of("a"), List.of("r"), axes, sum)
                .addAttributeProto(last)
                .build();
    }

    private static final Tensor X = Tensors.floats(new float[] {1, -2, 3, -4}, 2, 2);

    @Test
    void attributesHaveDefaultsAndPassThroughCalls() {
        AttributeProto passed = AttributeProto.newBuilder()
                .setName("along")
                .setType(AttributeProto.AttributeType.INTS)
                .setRefAttrName("axes")
                .build();
        FunctionProto outer = function(
                        "Outer",
                        List.of("a"),
                        List.of("r"),
                        node("LeakyRelu", List.of("a"), List.of("h"), reference("alpha", "slope")),
                        call("Sum", List.of("h"), List.of("r"), passed))
                .addAttribute("slope")
                .addAttribute("axes")
                .build();
        AttributeProto first = AttributeProto.newBuilder()
                .setName("axes")
                .setType(AttributeProto.AttributeType.INTS)
                .addInts(0)
                .build();
        ModelProto.Builder columns = model(graph(call("Outer", List.of("x"), List.of("y"), reals("slope", 0.5f), first))
                        .build())
                .addFunctions(sum())
                .addFunctions(outer);
        assertThat(Tensors.text(run(columns, X).getFirst())).isEqualTo("FP32[2] [4.0, -3.0]");
        // Left out, the outer attributes are left out in the calls inside, too.
        ModelProto.Builder rows = model(
                        graph(call("Outer", List.of("x"), List.of("y"))).build())
                .addFunctions(sum())
                .addFunctions(outer);
        assertThat(Tensors.text(run(rows, X).getFirst())).isEqualTo("FP32[2] [0.98, 2.96]");
    }

    @Test
    void functionsOfOneNameAreToldApartByTheirOverload() {
        FunctionProto twice = function("F", List.of("a"), List.of("r"), node("Add", List.of("a", "a"), List.of("r")))
                .setOverload("twice")
                .build();
        FunctionProto negative = function("F", List.of("a"), List.of("r"), node("Neg", List.of("a"), List.of("r")))
                .setOverload("negative")
                .build();
        ModelProto.Builder model = model(graph(
                                call("F", List.of("x"), List.of("t")).toBuilder()
                                        .setOverload("twice")
                                        .build(),
                                call("F", List.of("t"), List.of("n")).toBuilder()
                                        .setOverload("negative")
                                        .build(),
                                call("Sum", List.of("n"), List.of("y")))
                        .build())
                .addFunctions(twice)
                .addFunctions(negative)
                .addFunctions(sum());
        assertThat(Tensors.text(run(model, X).getFirst())).isEqualTo("FP32[2] [2.0, 2.0]");
    }

    @Test
    void functionsAreCalledInBranchesToo() {
        GraphProto then = GraphProto.newBuilder()
                .setName("then")
                .addNode(call("Sum", List.of("x"), List.of("t")))
                .addOutput(floats("t", 2))
                .build();
        GraphProto otherwise = GraphProto.newBuilder()
                .setName("else")
                .addNode(node("ReduceMax", List.of("x"), List.of("e"), number("keepdims", 0), axes(1)))
                .addOutput(floats("e", 2))
                .build();
        NodeProto branching = node(
                "If",
                List.of("c"),
                List.of("y"),
                ModelSketch.body("then_branch", then),
                ModelSketch.body("else_branch", otherwise));
        GraphProto.Builder graph = graph(branching).addInput(GraphWriter.value("c", TensorProto.DataType.BOOL));
        ModelProto.Builder model = model(graph.build()).addFunctions(sum());
        Tensor yes = Tensors.bytes(DataType.BOOL, 1).withShape(Shape.SCALAR);
        Tensor no = Tensors.bytes(DataType.BOOL, 0).withShape(Shape.SCALAR);
        assertThat(Tensors.text(run(model, X, yes).getFirst())).isEqualTo("FP32[2] [-1.0, -1.0]");
        assertThat(Tensors.text(run(model, X, no).getFirst())).isEqualTo("FP32[2] [1.0, 3.0]");
    }

    private static AttributeProto axes(long axis) {
        return AttributeProto.newBuilder()
                .setName("axes")
                .setType(AttributeProto.AttributeType.INTS)
                .addInts(axis)
                .build();
    }
}
