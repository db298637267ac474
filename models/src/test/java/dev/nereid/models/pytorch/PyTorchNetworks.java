package dev.nereid.models.pytorch;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.golden.Agreement;
import dev.nereid.models.golden.GoldenCase;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Loads the networks of a folder that {@code src/test/python/pytorch_networks.py} or {@code pytorch_transformers.py} has
 * written, compares what they give with what PyTorch gave, and prints a table in Markdown: {@code PyTorchNetworks FOLDER
 * [NAME...]}.
 */
public final class PyTorchNetworks {
    private static final List<String> FORMS =
            List.of("model.pt2", "model.core.pt2", "model.trace.pt", "model.script.pt");
    private static final double MILLISECONDS = 1e6;

    private final KernelSet kernels = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());
    private final int[] agree = new int[FORMS.size()];
    private final int[] files = new int[FORMS.size()];
    private final List<String> reasons = new ArrayList<>();

    private PyTorchNetworks() {}

    public static void main(String[] arguments) throws IOException {
        PyTorchNetworks networks = new PyTorchNetworks();
        List<String> names = List.of(arguments).subList(1, arguments.length);
        System.out.println("| network | .pt2 | core ATen | traced | scripted |\n|---|---|---|---|---|");
        try (Stream<Path> folders = Files.list(Path.of(arguments[0]))) {
            for (Path folder : folders.sorted().toList()) {
                String name = String.valueOf(folder.getFileName());
                if (Files.exists(folder.resolve("b1/case.json")) && (names.isEmpty() || names.contains(name))) {
                    System.out.println("| " + name + " | " + networks.row(folder) + " |");
                }
            }
        }
        StringBuilder sum = new StringBuilder("| agree");
        for (int form = 0; form < FORMS.size(); form++) {
            sum.append(" | ").append(networks.agree[form]).append(" of ").append(networks.files[form]);
        }
        System.out.println(sum + " |\n");
        networks.reasons.forEach(System.out::println);
    }

    private String row(Path folder) {
        List<String> cells = new ArrayList<>();
        for (int form = 0; form < FORMS.size(); form++) {
            Path file = folder.resolve(FORMS.get(form));
            if (!Files.exists(file)) {
                cells.add(Files.exists(Path.of(file + ".refused")) ? "refused by torch" : "");
                continue;
            }
            files[form]++;
            Optional<String> difference;
            long start = System.nanoTime();
            try {
                difference = difference(file, folder.resolve("b1"));
            } catch (IOException | RuntimeException | Error e) {
                difference = Optional.of(String.valueOf(e));
            }
            agree[form] += difference.isEmpty() ? 1 : 0;
            cells.add(difference.isEmpty() ? "yes" : "**no**");
            difference.ifPresent(text -> reasons.add("- " + folder.getFileName() + "/" + file.getFileName() + " ("
                    + Math.round((System.nanoTime() - start) / MILLISECONDS) + " ms): " + text));
        }
        return String.join(" | ", cells);
    }

    /** What the first output that differs has; empty if all agree. */
    private Optional<String> difference(Path file, Path folder) throws IOException {
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1 << 20)) {
            GoldenCase golden = GoldenCase.read(folder, arena);
            List<Tensor> inputs = new ArrayList<>();
            LoadOptions options = file.endsWith("model.script.pt") ? options(golden) : LoadOptions.DEFAULT;
            try (LoadedModel model = ModelLoader.load(file, options, kernels, memory)) {
                for (Tensor input : golden.inputs().values()) {
                    boolean scalar = model.inputs().get(inputs.size()).type().rank() == 0;
                    inputs.add(scalar ? input.withShape(Shape.SCALAR) : input);
                }
                return difference(model, inputs, List.copyOf(golden.outputs().values()));
            }
        }
    }

    /** A scripted model has no types of its inputs: those of the case. */
    private static LoadOptions options(GoldenCase golden) {
        List<DeclaredPorts.Input> inputs = new ArrayList<>();
        for (Tensor input : golden.inputs().values()) {
            inputs.add(
                    new DeclaredPorts.Input("INPUT__" + inputs.size(), TensorType.of(input.dataType(), input.shape())));
        }
        return LoadOptions.DEFAULT.withDeclared(new DeclaredPorts(inputs, List.of()));
    }

    private static Optional<String> difference(LoadedModel model, List<Tensor> inputs, List<Tensor> expected) {
        try (RunResult result = model.run(inputs, Workers.single())) {
            if (result.outputs().size() != expected.size()) {
                return Optional.of("expected " + expected.size() + " outputs, got "
                        + result.outputs().size());
            }
            for (int i = 0; i < expected.size(); i++) {
                Optional<String> difference = Agreement.CLOSE.compare(
                        expected.get(i), result.outputs().get(i));
                if (difference.isPresent()) {
                    return Optional.of("output " + i + ": " + difference.get());
                }
            }
            return Optional.empty();
        }
    }
}
