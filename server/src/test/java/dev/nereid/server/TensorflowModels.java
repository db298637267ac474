package dev.nereid.server;

import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.javamodel.ModelJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Small models for what TensorFlow Serving's clients ask. */
final class TensorflowModels {
    /** Answers each serialized example with two classes, or with its length. */
    private static final String EXAMPLES = """
            package example;
            import dev.nereid.server.model.*;
            import dev.nereid.tensor.*;
            import java.util.*;
            public class Examples implements JavaModel {
                private boolean classes;
                @Override public void initialize(ModelContext context) {
                    classes = context.outputs().size() == 2;
                }
                @Override public void execute(List<ModelRequest> requests) {
                    for (ModelRequest request : requests) {
                        byte[][] examples = request.input("inputs").strings();
                        int count = (int) request.input("inputs").shape().elements();
                        ModelResponse response = new ModelResponse();
                        if (classes) {
                            List<String> names = new ArrayList<>();
                            float[] scores = new float[2 * count];
                            for (int i = 0; i < count; i++) {
                                names.addAll(List.of("even", "odd"));
                                scores[2 * i] = 0.25f;
                                scores[2 * i + 1] = 0.75f;
                            }
                            response.output("classes", Tensors.ofStrings(Shape.of(count, 2), names));
                            response.output("scores",
                                    Tensors.fill(request.allocate(DataType.FP32, Shape.of(count, 2)), scores));
                        } else {
                            float[] lengths = new float[count];
                            for (int i = 0; i < count; i++) {
                                lengths[i] = examples[i].length;
                            }
                            response.output("outputs",
                                    Tensors.fill(request.allocate(DataType.FP32, Shape.of(count)), lengths));
                        }
                        request.respond(response);
                    }
                }
            }
            """;

    private static final String JAVA = """
            backend: "java"
            parameters { key: "class" value { string_value: "example.Examples" } }
            input { name: "inputs" data_type: TYPE_STRING dims: -1 }
            """;

    private TensorflowModels() {}

    /** Writes {@code halves}, {@code echo}, {@code half}, {@code classes} and {@code values} into a repository. */
    static void write(Path repository) throws IOException {
        halves(repository.resolve("halves/1"));
        new GraphWriter()
                .input("in", DataType.STRING, -1)
                .output("text", DataType.STRING, -1)
                .output("raw_bytes", DataType.STRING, -1)
                .node("Identity", "text", "in")
                .node("Identity", "raw_bytes", "in")
                .write(repository.resolve("echo/1"));
        new GraphWriter()
                .input("x", DataType.FLOAT16, -1)
                .output("y", DataType.FLOAT16, -1)
                .node("Identity", "y", "x")
                .write(repository.resolve("half/1"));
        Path jar = repository.resolve("classes/1/model.jar");
        Files.createDirectories(jar.getParent());
        ModelJar.write(jar, Map.of("example.Examples", EXAMPLES));
        Files.writeString(
                repository.resolve("classes/config.pbtxt"),
                JAVA
                        + "output [ { name: \"classes\" data_type: TYPE_STRING dims: [ -1, 2 ] }, "
                        + "{ name: \"scores\" data_type: TYPE_FP32 dims: [ -1, 2 ] } ]");
        Files.createDirectories(repository.resolve("values/1"));
        Files.copy(jar, repository.resolve("values/1/model.jar"));
        Files.writeString(
                repository.resolve("values/config.pbtxt"),
                JAVA + "output { name: \"outputs\" data_type: TYPE_FP32 dims: -1 }");
    }

    /** Writes y = x / 2 over FP32 [batch, 2]. */
    static void halves(Path version) {
        new GraphWriter()
                .input("x", DataType.FLOAT, -1, 2)
                .output("y", DataType.FLOAT, -1, 2)
                .constant("half", List.of(), 0.5)
                .node("Mul", "y", "x", "half")
                .write(version);
    }
}
