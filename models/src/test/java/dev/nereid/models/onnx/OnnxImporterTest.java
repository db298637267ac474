package dev.nereid.models.onnx;

import static dev.nereid.models.onnx.OnnxFiles.call;
import static dev.nereid.models.onnx.OnnxFiles.floatInitializer;
import static dev.nereid.models.onnx.OnnxFiles.floats;
import static dev.nereid.models.onnx.OnnxFiles.function;
import static dev.nereid.models.onnx.OnnxFiles.model;
import static dev.nereid.models.onnx.OnnxFiles.node;
import static dev.nereid.models.onnx.OnnxFiles.opset;
import static dev.nereid.models.onnx.OnnxFiles.write;
import static dev.nereid.models.operators.ModelSketch.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.FunctionProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxImporterTest {
    @TempDir
    private Path folder;

    private ImportedModel load(ModelProto.Builder model) {
        return OnnxImporter.load(write(folder, model));
    }

    private ImportedModel load(GraphProto.Builder graph) {
        return load(model(graph.build()));
    }

    private static GraphProto.Builder graph(NodeProto... nodes) {
        return GraphProto.newBuilder()
                .setName("g")
                .addInput(floats("x", 4))
                .addOutput(floats("y", 4))
                .addAllNode(List.of(nodes));
    }

    @Test
    void readsNodesInputsOutputsAndInitializers() {
        GraphProto.Builder graph =
                graph(node("Add", List.of("x", "w"), List.of("y"))).addInitializer(floatInitializer("w", 1, 2, 3, 4));
        try (ImportedModel model = load(graph)) {
            Graph read = model.graph();
            Value x = read.inputs().getFirst();
            Value w = read.initializers().keySet().iterator().next();
            Node add = read.nodes().getFirst();

            assertThat(model.opsets()).containsEntry("", 17);
            assertThat(add.operator()).isEqualTo("Add");
            assertThat(add.opset()).isEqualTo(17);
            assertThat(add.inputs()).containsExactly(Optional.of(x), Optional.of(w));
            assertThat(read.outputs()).containsExactly(add.output(0).orElseThrow());
            assertThat(Objects.requireNonNull(read.initializers().get(w))
                            .segment()
                            .get(ValueLayout.JAVA_FLOAT_UNALIGNED, 8))
                    .isEqualTo(3f);
        }
    }

    @Test
    void keepsAnInitializerThatIsListedAsInputOutOfTheInputs() {
        GraphProto.Builder graph = graph(node("Add", List.of("x", "w"), List.of("y")))
                .addInput(floats("w", 4))
                .addInitializer(floatInitializer("w", 1, 2, 3, 4));
        try (ImportedModel model = load(graph)) {
            assertThat(model.graph().inputs()).extracting(Value::name).containsExactly("x");
        }
    }

    @Test
    void leavesOutInputsWithoutAName() {
        try (ImportedModel model = load(graph(node("Clip", List.of("x", "", "x"), List.of("y"))))) {
            Node clip = model.graph().nodes().getFirst();
            assertThat(clip.input(1)).isEmpty();
            assertThat(clip.input(2)).isPresent();
        }
    }

    @Test
    void givesDimsOfOneNameOneSymbolAndNamelessDimsTheirOwn() {
        GraphProto.Builder graph = graph(node("Relu", List.of("x"), List.of("y")))
                .addInput(floats("a", "batch", "?", "", -1, "None", "dynamic"))
                .addInput(floats("b", "batch", "?", "None", "dynamic"));
        try (ImportedModel model = load(graph)) {
            TensorType a = inputType(model.graph(), 1);
            TensorType b = inputType(model.graph(), 2);

            assertThat(a.dim(0)).isEqualTo(Dim.symbol("batch")).isEqualTo(b.dim(0));
            assertThat(List.of(a.dim(1), a.dim(2), a.dim(3), a.dim(4), a.dim(5), b.dim(1), b.dim(2), b.dim(3)))
                    .doesNotHaveDuplicates()
                    .noneMatch(Dim::isKnown);
        }
    }

    @Test
    void doesNotBelieveThatEveryAxisIsTheBatch() {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("g")
                .addInput(floats("a", "batch", "batch", "n", "n"))
                .addInput(floats("b", "batch", "batch", "n", "n"))
                .addOutput(floats("y", "batch", "batch", "n", "n"))
                .addNode(node("Add", List.of("a", "b"), List.of("y")));
        try (ImportedModel model = load(graph)) {
            TensorType a = inputType(model.graph(), 0);
            assertThat(a.dim(0)).isEqualTo(Dim.symbol("batch"));
            assertThat(a.dim(1)).isNotEqualTo(a.dim(0));
            assertThat(a.dim(3)).as("names of other axes mean what they say").isEqualTo(a.dim(2));
            assertThat(inputType(model.graph(), 1)).as("the same in all inputs").isEqualTo(a);
        }
    }

    @Test
    void sortsNodesThatComeInAnotherOrder() {
        NodeProto last = node("Neg", List.of("m"), List.of("y"));
        NodeProto first = node("Relu", List.of("x"), List.of("m"));
        try (ImportedModel model = load(graph(last, first))) {
            assertThat(model.graph().nodes()).extracting(Node::operator).containsExactly("Relu", "Neg");
        }
    }

    @Test
    void refusesACycle() {
        NodeProto a = node("Add", List.of("x", "b"), List.of("y"));
        NodeProto b = node("Neg", List.of("y"), List.of("b"));
        assertThatThrownBy(() -> load(graph(a, b)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("cycle")
                .hasMessageContaining("add_y");
    }

    @Test
    void namesTheNodeWhoseInputIsMissing() {
        assertThatThrownBy(() -> load(graph(node("Relu", List.of("nowhere"), List.of("y")))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("relu_y")
                .hasMessageContaining("'nowhere'");
    }

    @Test
    void refusesAValueThatIsMadeTwice() {
        NodeProto relu = node("Relu", List.of("x"), List.of("y"));
        assertThatThrownBy(() -> load(graph(relu, relu)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'y' is defined twice");
        assertThatThrownBy(() -> load(graph(relu).addInput(floats("x", 4))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'x' is defined twice");
    }

    @Test
    void refusesAnOutputThatNothingMakes() {
        assertThatThrownBy(() -> load(graph()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'y'");
    }

    @Test
    void readsTheTypesOfSequencesOptionalsAndMaps() {
        TypeProto tensor = floats("e", 1).getType();
        TypeProto map = TypeProto.newBuilder()
                .setMapType(TypeProto.Map.newBuilder()
                        .setKeyType(TensorProto.DataType.STRING.getNumber())
                        .setValueType(tensor))
                .build();
        TypeProto sequence = TypeProto.newBuilder()
                .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(map))
                .build();
        TypeProto optional = TypeProto.newBuilder()
                .setOptionalType(TypeProto.Optional.newBuilder().setElemType(sequence))
                .build();
        GraphProto.Builder graph =
                graph(node("Relu", List.of("x"), List.of("y"))).addInput(input("s", optional));
        try (ImportedModel model = load(graph)) {
            assertThat(model.graph().types().get(model.graph().inputs().getLast()))
                    .hasToString("optional(sequence(map(STRING,FP32[1])))");
        }
    }

    @Test
    void refusesInputsThatAreNoKnownKindOfValue() {
        TypeProto sparse = TypeProto.newBuilder()
                .setSparseTensorType(
                        TypeProto.SparseTensor.newBuilder().setElemType(TensorProto.DataType.FLOAT.getNumber()))
                .build();
        assertThatThrownBy(() ->
                        load(graph(node("Relu", List.of("x"), List.of("y"))).addInput(input("s", sparse))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("graph input 's'")
                .hasMessageContaining("sparse tensor");
    }

    private static TensorType inputType(Graph graph, int input) {
        return Objects.requireNonNull(graph.types().get(graph.inputs().get(input)))
                .asTensor("input");
    }

    private static ValueInfoProto input(String name, TypeProto type) {
        return ValueInfoProto.newBuilder().setName(name).setType(type).build();
    }

    @Test
    @Tag("found-22")
    void anOperatorSetThatNobodyKnowsYetIsRefused() {
        GraphProto graph = GraphProto.newBuilder().setName("g").build();
        assertThatThrownBy(() -> load(model(graph).clearOpsetImport().addOpsetImport(opset("", 999))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageEndingWith(
                        "the model is of opset 999 of domain 'ai.onnx': expected at most 28; export it for that opset");
        assertThatThrownBy(() -> load(model(graph).addOpsetImport(opset("ai.onnx.ml", 99))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("opset 99 of domain 'ai.onnx.ml': expected at most 5");
    }

    @Test
    void ignoresOpsetsOfDomainsItDoesNotKnow() {
        GraphProto graph = graph(node("Relu", List.of("x"), List.of("y"))).build();
        try (ImportedModel model = load(model(graph).addOpsetImport(opset("com.vendor", 3)))) {
            assertThat(model.opsets()).containsEntry("com.vendor", 3);
            assertThat(model.graph().nodes().getFirst().opset()).isEqualTo(17);
        }
    }

    @Test
    void countsTheLongNameOfTheDefaultDomainAsTheDefaultDomain() {
        NodeProto relu = node("Relu", List.of("x"), List.of("y")).toBuilder()
                .setDomain("ai.onnx")
                .build();
        try (ImportedModel model = load(graph(relu))) {
            assertThat(model.graph().nodes().getFirst().domain()).isEmpty();
        }
    }

    @Test
    void letsSubgraphsReadTheValuesAroundThem() {
        GraphProto branch = GraphProto.newBuilder()
                .setName("then")
                .addNode(node("Neg", List.of("m"), List.of("t")))
                .addOutput(floats("t", 4))
                .build();
        NodeProto branches = node("If", List.of("c"), List.of("y"), ModelSketch.body("then_branch", branch));
        NodeProto later = node("Relu", List.of("x"), List.of("m"));
        GraphProto.Builder graph = graph(branches, later).addInput(GraphWriter.value("c", TensorProto.DataType.BOOL));
        try (ImportedModel model = load(graph)) {
            assertThat(model.graph().nodes()).extracting(Node::operator).containsExactly("Relu", "If");
            Node relu = model.graph().nodes().get(0);
            Graph inner = model.graph()
                    .nodes()
                    .get(1)
                    .attributes()
                    .graph("then_branch")
                    .orElseThrow();
            assertThat(inner.nodes().getFirst().input(0)).isEqualTo(relu.output(0));
        }
    }

    @Test
    void replacesCallsOfTheFilesFunctionsByTheirBodies() {
        NodeProto body = node("LeakyRelu", List.of("a"), List.of("h"), OnnxFiles.reference("axis", "of"));
        NodeProto tail = node("Neg", List.of("h"), List.of("r"));
        FunctionProto function =
                function("F", List.of("a"), List.of("r"), body, tail).build();
        GraphProto graph = graph(
                        call("F", List.of("x"), List.of("m"), number("of", 3)),
                        call("F", List.of("m"), List.of("y"), number("of", 5)))
                .build();
        try (ImportedModel model = load(model(graph).addFunctions(function))) {
            List<Node> nodes = model.graph().nodes();
            assertThat(nodes).extracting(Node::operator).containsExactly("LeakyRelu", "Neg", "LeakyRelu", "Neg");
            assertThat(nodes.get(0).opset()).isEqualTo(13);
            assertThat(nodes.get(0).attributes().integer("axis")).contains(3L);
            assertThat(nodes.get(2).attributes().integer("axis")).contains(5L);
            assertThat(nodes.get(2).input(0)).isEqualTo(nodes.get(1).output(0));
            assertThat(model.graph().outputs())
                    .containsExactly(nodes.get(3).output(0).orElseThrow());
        }
    }

    @Test
    void functionsMayBeGivenGraphsThatReadValuesAroundTheCall() {
        NodeProto branching = node("If", List.of("a"), List.of("r")).toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("then_branch")
                        .setType(AttributeProto.AttributeType.GRAPH)
                        .setRefAttrName("branch"))
                .build();
        FunctionProto function = function("F", List.of("a"), List.of("r"), branching)
                .addAttribute("branch")
                .build();
        GraphProto branch = GraphProto.newBuilder()
                .addNode(node("Neg", List.of("x"), List.of("t")))
                .addOutput(floats("t", 4))
                .build();
        GraphProto.Builder graph = graph(call("F", List.of("c"), List.of("y"), ModelSketch.body("branch", branch)))
                .addInput(GraphWriter.value("c", TensorProto.DataType.BOOL));
        try (ImportedModel model = load(model(graph.build()).addFunctions(function))) {
            Node node = model.graph().nodes().getFirst();
            assertThat(node.inputs().stream().flatMap(Optional::stream).map(Value::name))
                    .containsExactly("c", "x");
            assertThat(node.attributes().captured()).isEqualTo(1);
        }
    }

    @Test
    void refusesFunctionsThatCallThemselves() {
        FunctionProto function = function("F", List.of("a"), List.of("r"), call("F", List.of("a"), List.of("r")))
                .build();
        GraphProto graph = graph(call("F", List.of("x"), List.of("y"))).build();
        assertThatThrownBy(() -> load(model(graph).addFunctions(function)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("calls functions more than");
    }

    @Test
    void refusesFunctionsThatGrowWithoutEnd() {
        GraphProto graph = graph(call("F0", List.of("x"), List.of("y"))).build();
        ModelProto.Builder model = model(graph);
        for (int level = 0; level < 40; level++) {
            String next = "F" + (level + 1);
            model.addFunctions(function(
                    "F" + level,
                    List.of("a"),
                    List.of("r"),
                    call(next, List.of("a"), List.of("h")),
                    call(next, List.of("h"), List.of("r"))));
        }
        model.addFunctions(function("F40", List.of("a"), List.of("r"), node("Neg", List.of("a"), List.of("r"))));
        assertThatThrownBy(() -> load(model))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("calls functions more than");
    }

    @Test
    void refusesWhatIsNoModel() throws IOException {
        Path file = folder.resolve("model.onnx");
        Files.write(file, new byte[0]);
        assertThatThrownBy(() -> OnnxImporter.load(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("model.onnx")
                .hasMessageContaining("no graph");
        Files.writeString(file, "not a model at all");
        assertThatThrownBy(() -> OnnxImporter.load(file)).isInstanceOf(ModelFormatException.class);
        Files.delete(file);
        assertThatThrownBy(() -> OnnxImporter.load(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("cannot be read");
    }

    @Test
    void readsOrRefusesAFileThatEndsAnywhere() throws IOException {
        GraphProto graph = graph(node("Add", List.of("x", "w"), List.of("y"), number("a", 300)))
                .addInitializer(floatInitializer("w", 1, 2, 3, 4))
                .build();
        byte[] whole = model(graph).build().toByteArray();
        Path file = folder.resolve("cut.onnx");
        int refused = 0;
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            try (ImportedModel model = OnnxImporter.load(file)) {
                assertThat(model.graph().nodes()).hasSize(1);
            } catch (ModelFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(whole.length - 5);
    }
}
