package dev.nereid.models.conformance;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.onnx.OnnxImporter;
import dev.nereid.models.onnx.OnnxTensors;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs single tests. */
final class CaseRunner {
    /** What came of a test. */
    sealed interface Outcome {
        record Passed() implements Outcome {}

        record Skipped() implements Outcome {}

        record Failed(String reason) implements Outcome {}
    }

    private final ConformanceRunner.Options options;
    private final Path scratch;

    /**
     * A runner that may put files into {@code scratch} while a test runs.
     *
     * @param scratch an empty folder
     */
    CaseRunner(ConformanceRunner.Options options, Path scratch) {
        this.options = options;
        this.scratch = scratch;
    }

    /** Never throws: a broken test can at worst exhaust the stack or the heap, and the next one shall still run. */
    Outcome run(ConformanceCase test) {
        try {
            List<Path> dataSets = test.dataSets();
            if (dataSets.isEmpty()) {
                return new Outcome.Skipped();
            }
            List<String> differences = run(test, dataSets);
            return differences.isEmpty() ? new Outcome.Passed() : new Outcome.Failed(String.join("; ", differences));
        } catch (Throwable e) {
            return new Outcome.Failed(reason(e));
        }
    }

    private List<String> run(ConformanceCase test, List<Path> dataSets) throws IOException {
        Path model = scratch.resolve("model.onnx");
        Files.copy(test.model(), model);
        try (ImportedModel imported = OnnxImporter.load(model);
                SlabPool pool = new SlabPool(1 << 26);
                LoadedModel loaded = load(model, pool)) {
            List<String> differences = new ArrayList<>();
            for (Path dataSet : dataSets) {
                differences.addAll(run(test, dataSet, imported.graph(), loaded));
            }
            return differences;
        } finally {
            Files.deleteIfExists(model);
        }
    }

    private LoadedModel load(Path model, SlabPool pool) {
        return options.device().isPresent()
                ? ModelLoader.load(
                        model,
                        options.load(),
                        options.kernels(),
                        pool,
                        options.device().get())
                : ModelLoader.load(model, options.load(), options.kernels(), pool);
    }

    private List<String> run(ConformanceCase test, Path dataSet, Graph graph, LoadedModel loaded) throws IOException {
        try (OnnxTensors tensors = new OnnxTensors()) {
            List<RunValue> inputs = inputs(dataSet, loaded, tensors);
            Map<String, Tensor> byName = new HashMap<>();
            for (int i = 0; i < inputs.size(); i++) {
                if (inputs.get(i) instanceof RunValue.OfTensor(Tensor tensor)) {
                    byName.put(loaded.inputs().get(i).name(), tensor);
                }
            }
            List<RunValue> expected = named(dataSet, "output", loaded.outputs(), tensors).stream()
                    .map(OnnxTensors.Named::value)
                    .toList();
            try (RunResult result = loaded.runValues(inputs, Workers.single())) {
                if (options.dump().isPresent()) {
                    dump(test, dataSet, loaded, result.values(), options.dump().get());
                }
                boolean random = Randomness.isRandom(graph, byName);
                return compare(expected, result.values(), loaded, random ? Optional.of(graph) : Optional.empty());
            }
        }
    }

    /** The inputs by name where the data has names that the model knows, else by position. */
    private static List<RunValue> inputs(Path dataSet, LoadedModel loaded, OnnxTensors tensors) throws IOException {
        List<OnnxTensors.Named> given = named(dataSet, "input", loaded.inputs(), tensors);
        List<RunValue> inputs = new ArrayList<>();
        for (int i = 0; i < loaded.inputs().size(); i++) {
            String name = loaded.inputs().get(i).name();
            Optional<OnnxTensors.Named> named =
                    given.stream().filter(value -> value.name().equals(name)).findFirst();
            if (named.isEmpty() && i >= given.size()) {
                throw new IllegalArgumentException("there is no data for input '" + name + "'");
            }
            inputs.add(named.orElse(given.get(i)).value());
        }
        return inputs;
    }

    /** The files of one kind, read as the model declares the input or output at the same place. */
    private static List<OnnxTensors.Named> named(
            Path dataSet, String kind, List<LoadedModel.Port> ports, OnnxTensors tensors) throws IOException {
        List<OnnxTensors.Named> named = new ArrayList<>();
        for (byte[] message : ConformanceCase.messages(dataSet, kind)) {
            boolean declared = named.size() < ports.size();
            named.add(declared ? tensors.read(message, ports.get(named.size()).valueType()) : tensors.read(message));
        }
        return named;
    }

    private static List<String> compare(
            List<RunValue> expected, List<RunValue> actual, LoadedModel loaded, Optional<Graph> random) {
        if (expected.size() > actual.size()) {
            return List.of("expected " + expected.size() + " outputs, got " + actual.size());
        }
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < expected.size(); i++) {
            int output = i;
            Optional<String> difference =
                    random.isPresent() && expected.get(i) instanceof RunValue.OfTensor(Tensor wanted)
                            ? Comparison.typeDifference(wanted, actual.get(i).tensor())
                                    .or(() -> Randomness.impossible(
                                            random.get(),
                                            random.get().outputs().get(output),
                                            wanted,
                                            actual.get(output).tensor()))
                            : Comparison.difference(expected.get(i), actual.get(i));
            difference.ifPresent(text ->
                    differences.add("output '" + loaded.outputs().get(output).name() + "': " + text));
        }
        return differences;
    }

    private static void dump(ConformanceCase test, Path dataSet, LoadedModel loaded, List<RunValue> outputs, Path dump)
            throws IOException {
        Path folder = dump.resolve(test.name())
                .resolve(dataSet.getFileName().toString().replace("/", ""));
        Files.createDirectories(folder);
        for (int i = 0; i < outputs.size(); i++) {
            if (outputs.get(i) instanceof RunValue.OfTensor(Tensor tensor)) {
                byte[] message = OnnxTensors.write(loaded.outputs().get(i).name(), tensor);
                Files.write(folder.resolve("output_" + i + ".pb"), message);
            }
        }
    }

    private static String reason(Throwable e) {
        String message = e.getMessage() == null ? "" : ": " + e.getMessage().replace('\n', ' ');
        boolean ours = e.getClass().getName().startsWith("dev.nereid");
        return ours && !message.isEmpty() ? message.substring(2) : e.getClass().getSimpleName() + message;
    }
}
