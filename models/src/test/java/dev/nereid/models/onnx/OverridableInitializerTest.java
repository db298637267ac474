package dev.nereid.models.onnx;

import static dev.nereid.models.onnx.OnnxFiles.floatInitializer;
import static dev.nereid.models.onnx.OnnxFiles.floats;
import static dev.nereid.models.onnx.OnnxFiles.initializer;
import static dev.nereid.models.onnx.OnnxFiles.model;
import static dev.nereid.models.onnx.OnnxFiles.node;
import static dev.nereid.models.operators.ModelSketch.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.ModelSignature;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Initializers that a file lists among its inputs, as constants and as inputs of a run. */
class OverridableInitializerTest {
    private static final Tensor X = floatTensor(Shape.of(4), 1, 2, 3, 4);

    @TempDir
    Path folder;

    private static Tensor floatTensor(Shape shape, float... values) {
        return Tensor.of(DataType.FP32, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static Tensor longTensor(long... values) {
        return Tensor.of(
                DataType.INT64, Shape.of(values.length), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, values));
    }

    /** y = x * (scale + scale) + shift, where what is known of scale alone would be folded. */
    private static GraphProto.Builder scaling() {
        return GraphProto.newBuilder()
                .setName("g")
                .addInput(floats("scale", "n"))
                .addInput(floats("x", 4))
                .addInput(floats("shift", 4))
                .addOutput(floats("y", 4))
                .addInitializer(floatInitializer("scale", 5))
                .addInitializer(floatInitializer("shift", 0, 0, 0, 1))
                .addNode(node("Add", List.of("scale", "scale"), List.of("twice")))
                .addNode(node("Mul", List.of("x", "twice"), List.of("scaled")))
                .addNode(node("Add", List.of("scaled", "shift"), List.of("y")));
    }

    private Path write(GraphProto.Builder graph) {
        return OnnxFiles.write(folder, model(graph.build()));
    }

    /** The one output, of a run that leaves the overridden inputs to their defaults or gives them. */
    private static Tensor run(Path file, boolean optimize, Set<String> overridden, Tensor x, Tensor... given) {
        LoadOptions options = (optimize ? LoadOptions.DEFAULT : LoadOptions.UNOPTIMIZED).withOverridden(overridden);
        try (SlabPool pool = new SlabPool(1 << 20);
                LoadedModel model = ModelLoader.load(file, options, KernelSet.scalar(), pool)) {
            List<Tensor> inputs = new ArrayList<>(List.of(x));
            for (LoadedModel.Port port :
                    model.inputs().subList(1, model.inputs().size())) {
                inputs.add(
                        given.length > 0
                                ? given[inputs.size() - 1]
                                : model.defaultOf(port.name()).orElseThrow());
            }
            try (RunResult result = model.run(inputs, Workers.single())) {
                return Tensors.copy(result.outputs().getFirst());
            }
        }
    }

    private static float[] floatsOf(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRunTakesWhatItIsGivenAndElseWhatTheFileHas(boolean optimize) {
        Path file = write(scaling());
        Set<String> scale = Set.of("scale");
        assertThat(floatsOf(run(file, optimize, Set.of(), X))).containsExactly(10, 20, 30, 41);
        assertThat(floatsOf(run(file, optimize, scale, X))).containsExactly(10, 20, 30, 41);
        assertThat(floatsOf(run(file, optimize, scale, X, floatTensor(Shape.of(1), 0.5f))))
                .containsExactly(1, 2, 3, 5);
        assertThat(floatsOf(run(file, optimize, scale, X, floatTensor(Shape.of(4), 1, 0, 2, -1))))
                .as("of another shape, which the file leaves open")
                .containsExactly(2, 0, 12, -7);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aShapeMayBeGivenToo(boolean optimize) {
        Path file = write(GraphProto.newBuilder()
                .setName("g")
                .addInput(floats("x", 4))
                .addInput(GraphWriter.value("shape", TensorProto.DataType.INT64, 2))
                .addOutput(floats("y", "rows", "columns"))
                .addInitializer(initializer("shape", TensorProto.DataType.INT64, 2)
                        .addInt64Data(2)
                        .addInt64Data(-1))
                .addNode(node("Reshape", List.of("x", "shape"), List.of("y"))));
        assertThat(run(file, optimize, Set.of("shape"), X).shape()).isEqualTo(Shape.of(2, 2));
        assertThat(run(file, optimize, Set.of("shape"), X, longTensor(4, 1)).shape())
                .isEqualTo(Shape.of(4, 1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBranchReadsWhatTheRunIsGiven(boolean optimize) {
        NodeProto identity = node("Add", List.of("x", "shift"), List.of("inner"));
        GraphProto branch = GraphProto.newBuilder()
                .setName("branch")
                .addNode(identity)
                .addOutput(floats("inner", 4))
                .build();
        Path file = write(GraphProto.newBuilder()
                .setName("g")
                .addInput(floats("x", 4))
                .addInput(floats("shift", 4))
                .addOutput(floats("y", 4))
                .addInitializer(floatInitializer("shift", 1, 1, 1, 1))
                .addInitializer(initializer("yes", TensorProto.DataType.BOOL).addInt32Data(1))
                .addNode(node(
                        "If", List.of("yes"), List.of("y"), body("then_branch", branch), body("else_branch", branch))));
        assertThat(floatsOf(run(file, optimize, Set.of("shift"), X))).containsExactly(2, 3, 4, 5);
        assertThat(floatsOf(run(file, optimize, Set.of("shift"), X, floatTensor(Shape.of(4), 0, 0, 0, 6))))
                .containsExactly(1, 2, 3, 10);
    }

    @Test
    void onlyTheOnesThatAreNamedBecomeInputs() {
        try (ImportedModel imported = OnnxImporter.load(write(scaling()))) {
            assertThat(imported.overridable())
                    .extracting(each -> each.value().name())
                    .containsExactly("scale", "shift");
            assertThat(imported.graph().inputs()).extracting(Value::name).containsExactly("x");
            assertThat(imported.graph(Set.of("shift")).inputs())
                    .extracting(Value::name)
                    .containsExactly("x", "shift");
            assertThat(imported.graph(Set.of("shift")).initializers().keySet())
                    .extracting(Value::name)
                    .containsExactly("scale");
        }
    }

    @Test
    void theSignatureTellsThemFromWhatARunNeeds() {
        ModelSignature signature = ModelLoader.signature(write(scaling()));
        assertThat(signature.inputs()).extracting(LoadedModel.Port::name).containsExactly("x");
        assertThat(signature.overridable()).extracting(LoadedModel.Port::name).containsExactly("scale", "shift");
        assertThat(signature.overridable().getFirst().type().dim(0).isKnown()).isFalse();
        assertThat(signature.overridable().getLast().type().shape()).contains(Shape.of(4));
    }

    /** Such files list every initializer, because they have to. */
    @Test
    void thereAreNoneBeforeVersionFour() {
        Path file = OnnxFiles.write(folder, model(scaling().build()).setIrVersion(3));
        assertThat(ModelLoader.signature(file).overridable()).isEmpty();
        assertThat(floatsOf(run(file, true, Set.of(), X))).containsExactly(10, 20, 30, 41);
        assertThatThrownBy(() -> run(file, true, Set.of("scale"), X))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("'scale' is no initializer that the model lists among its inputs");
    }

    @Test
    void anInputWithoutAShapeHasTheOneOfTheInitializer() {
        ValueInfoProto shapeless = ValueInfoProto.newBuilder()
                .setName("scale")
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT.getNumber())))
                .build();
        ModelSignature signature = ModelLoader.signature(write(scaling().setInput(0, shapeless)));
        assertThat(signature.overridable().getFirst().type().shape()).contains(Shape.of(1));
    }

    @Test
    void anInitializerMustBeWhatTheListOfInputsSays() {
        Path file = write(scaling().setInput(0, GraphWriter.value("scale", TensorProto.DataType.DOUBLE, 1)));
        assertThat(floatsOf(run(file, true, Set.of(), X)))
                .as("a constant may be declared badly")
                .containsExactly(10, 20, 30, 41);
        assertThatThrownBy(() -> run(file, true, Set.of("scale"), X))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("initializer 'scale' is declared as an input of type FP64[1] and holds FP32[1]");
        Path longer = write(scaling().setInput(0, floats("scale", 3)));
        assertThatThrownBy(() -> run(longer, true, Set.of("scale"), X))
                .hasMessageContaining("initializer 'scale' is declared as an input of type FP32[3] and holds FP32[1]");
    }

    @Test
    void theirMemoryGoesWithTheModel() {
        Path file = write(scaling());
        long before = NativeMemory.liveBytes();
        try (SlabPool pool = new SlabPool(0);
                LoadedModel model = ModelLoader.load(
                        file, LoadOptions.DEFAULT.withOverridden(Set.of("scale", "shift")), KernelSet.scalar(), pool)) {
            assertThat(model.inputs()).extracting(LoadedModel.Port::name).containsExactly("x", "scale", "shift");
            assertThat(model.defaultOf("x")).isEmpty();
            assertThat(floatsOf(model.defaultOf("shift").orElseThrow())).containsExactly(0, 0, 0, 1);
        }
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }
}
