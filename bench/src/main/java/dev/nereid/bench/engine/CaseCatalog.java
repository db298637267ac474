package dev.nereid.bench.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Which cases are measured: the sentence model's three shapes, any model file, and a folder of golden models. */
public final class CaseCatalog {
    private CaseCatalog() {}

    /**
     * The cases that the command line chooses: each model file given, or without any the sentence model of the example
     * repository and the golden models that {@code NEREID_TEST_DATA} points to.
     */
    public static List<EngineCase> of(List<String> files) {
        List<EngineCase> cases = new ArrayList<>();
        for (String file : files) {
            cases.add(file(Path.of(file)));
        }
        if (files.isEmpty()) {
            Path sentences = Path.of(System.getProperty("nereid.home", "."), "models/examples/minilm/1/model.onnx");
            if (Files.exists(sentences)) {
                cases.addAll(sentenceModel("minilm", sentences));
            }
            String data = System.getenv("NEREID_TEST_DATA");
            if (data != null && Files.isDirectory(Path.of(data, "models"))) {
                cases.addAll(golden(Path.of(data, "models")));
            }
        }
        return cases;
    }

    /** The sentence model with short, batched and long inputs. */
    public static List<EngineCase> sentenceModel(String name, Path file) {
        return List.of(
                tokens(name, "b1", file, 1, 16), tokens(name, "b8", file, 8, 16), tokens(name, "s128", file, 1, 128));
    }

    private static EngineCase tokens(String model, String name, Path file, long batch, long length) {
        Shape shape = Shape.of(batch, length);
        return new EngineCase(
                model, name, file, Map.of("input_ids", shape, "attention_mask", shape, "token_type_ids", shape));
    }

    /** A model file with every open dim 1. */
    public static EngineCase file(Path file) {
        Path name = file.toAbsolutePath().getFileName();
        return new EngineCase(name.toString().replace(".onnx", ""), "b1", file, Map.of());
    }

    /** The cases of every {@code <model>/golden/<case>/case.json} in a folder, where the model's file is there. */
    public static List<EngineCase> golden(Path folder) {
        List<EngineCase> cases = new ArrayList<>();
        try {
            for (String model : names(folder)) {
                Path file = folder.resolve(model).resolve("model.onnx");
                for (String name :
                        Files.exists(file) ? names(folder.resolve(model).resolve("golden")) : List.<String>of()) {
                    Path json = folder.resolve(model)
                            .resolve("golden")
                            .resolve(name)
                            .resolve("case.json");
                    if (Files.exists(json) && !name.startsWith("stream")) {
                        cases.add(new EngineCase(model, name, file, shapes(json)));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + folder, e);
        }
        return cases;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static Map<String, Shape> shapes(Path file) throws IOException {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (JsonNode input : new ObjectMapper().readTree(file.toFile()).get("inputs")) {
            long[] dims = new long[input.get("shape").size()];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] = input.get("shape").get(axis).asLong();
            }
            shapes.put(input.get("name").asText(), Shape.of(dims));
        }
        return shapes;
    }
}
