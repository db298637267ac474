package dev.nereid.bench.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.bench.models.MadeUpModels;
import dev.nereid.bench.models.OperatorFamilies;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.bench.networks.Networks;
import dev.nereid.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Which cases are measured: the sentence models' three shapes, any model file, and a folder of golden models. */
public final class CaseCatalog {
    /** Sentence models that the build fetches, below the root of the checkout. */
    private static final List<Map.Entry<String, String>> SENTENCE_MODELS = List.of(
            Map.entry("minilm", "models/examples/minilm/1/model.onnx"),
            Map.entry("minilm-q", "bench/target/models/minilm-q/model.onnx"));

    private static final List<OperatorFamily> FAMILIES =
            Stream.of(OperatorFamilies.ALL, Networks.ALL).flatMap(List::stream).toList();

    private CaseCatalog() {}

    /**
     * The cases that the command line chooses: each model file, model, made-up model ({@code dense-N}), family of operators or networks, or
     * case ({@code model/case}, {@code family/size}) given, or without any the sentence models of the build and the golden models that {@code
     * NEREID_TEST_DATA} points to.
     *
     * @throws IllegalArgumentException if one is not there
     */
    public static List<EngineCase> of(List<String> names) {
        if (names.isEmpty()) {
            return known();
        }
        List<EngineCase> cases = new ArrayList<>();
        for (String name : names) {
            if (Files.isRegularFile(Path.of(name))) {
                cases.add(file(Path.of(name)));
                continue;
            }
            Optional<Path> dense = MadeUpModels.dense(name);
            if (dense.isPresent()) {
                cases.add(file(dense.get()));
                continue;
            }
            List<EngineCase> operators = operators(name);
            if (!operators.isEmpty()) {
                cases.addAll(operators);
                continue;
            }
            List<EngineCase> named = known().stream()
                    .filter(one -> one.model().equals(name) || one.label().equals(name))
                    .toList();
            if (named.isEmpty()) {
                throw new IllegalArgumentException(
                        "'" + name + "': expected a model file, a known model or a case of one, found none");
            }
            cases.addAll(named);
        }
        return cases;
    }

    /** The models of a family, or one of them; none where the name is another's. */
    private static List<EngineCase> operators(String name) {
        List<EngineCase> cases = new ArrayList<>();
        for (OperatorFamily family : FAMILIES) {
            for (OperatorModel model : family.models()) {
                if (name.equals(family.name()) || name.equals(family.name() + "/" + model.name())) {
                    Path file = MadeUpModels.operator(family, model);
                    cases.add(new EngineCase(family.name(), model.name(), file, Map.of(), Map.of()));
                }
            }
        }
        return cases;
    }

    private static List<EngineCase> known() {
        List<EngineCase> cases = new ArrayList<>();
        for (Map.Entry<String, String> model : SENTENCE_MODELS) {
            Path file = Path.of(System.getProperty("nereid.home", "."), model.getValue());
            if (Files.exists(file)) {
                cases.addAll(sentenceModel(model.getKey(), file));
            }
        }
        String data = System.getenv("NEREID_TEST_DATA");
        if (data != null && Files.isDirectory(Path.of(data, "models"))) {
            cases.addAll(golden(Path.of(data, "models")));
        }
        return cases;
    }

    /** A sentence model with short, batched and long inputs. */
    public static List<EngineCase> sentenceModel(String name, Path file) {
        return List.of(
                tokens(name, "b1", file, 1, 16), tokens(name, "b8", file, 8, 16), tokens(name, "s128", file, 1, 128));
    }

    private static EngineCase tokens(String model, String name, Path file, long batch, long length) {
        Shape shape = Shape.of(batch, length);
        return new EngineCase(
                model,
                name,
                file,
                Map.of("input_ids", shape, "attention_mask", shape, "token_type_ids", shape),
                Map.of());
    }

    /** A model file, ONNX or one beside its ONNX twin, with every open dim 1, named as the file or, in a model repository, as the model's folder. */
    public static EngineCase file(Path file) {
        return new EngineCase(name(file.toAbsolutePath().normalize()), "b1", file, Map.of(), Map.of());
    }

    private static String name(Path file) {
        for (int depth = file.getNameCount() - 1; depth >= 0; depth--) {
            String name = file.getName(depth).toString().replaceFirst("\\.(onnx|pt2)$", "");
            if (!name.equals("model") && !name.matches("[0-9]+")) {
                return name;
            }
        }
        return "model";
    }

    /** The cases of every {@code <model>/golden/<case>/case.json} in a folder, where the model's file is there. */
    public static List<EngineCase> golden(Path folder) {
        List<EngineCase> cases = new ArrayList<>();
        try {
            for (String model : names(folder)) {
                Path file = folder.resolve(model).resolve("model.onnx");
                Path golden = folder.resolve(model).resolve("golden");
                for (String name : Files.exists(file) ? names(golden) : List.<String>of()) {
                    Path json = golden.resolve(name).resolve("case.json");
                    if (Files.exists(json) && !name.startsWith("stream")) {
                        cases.add(golden(model, name, file, json));
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

    private static EngineCase golden(String model, String name, Path file, Path json) throws IOException {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        Map<String, Path> contents = new LinkedHashMap<>();
        for (JsonNode input : new ObjectMapper().readTree(json.toFile()).get("inputs")) {
            long[] dims = new long[input.get("shape").size()];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] = input.get("shape").get(axis).asLong();
            }
            String port = input.get("name").asText();
            shapes.put(port, Shape.of(dims));
            contents.put(port, json.resolveSibling(input.get("file").asText()));
        }
        return new EngineCase(model, name, file, shapes, contents);
    }
}
