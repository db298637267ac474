package dev.nereid.models.trees;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.golden.GoldenCase;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Boosters of XGBoost and LightGBM give what the libraries gave for them: predictions, the sums before the link, and
 * what each feature adds to them. */
@Tag("golden")
class TreesGoldenTest {
    private static final double TOLERANCE = 1e-6;

    @TestFactory
    Stream<DynamicTest> boostersGiveTheirRecordedOutputs() throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        Path folder = Path.of(data == null ? "" : data, "later", "golden-trees");
        if (data == null || !Files.isDirectory(folder)) {
            System.out.println("SKIPPED tree models: there is no folder later/golden-trees in NEREID_TEST_DATA");
            return Stream.of();
        }
        try (Stream<Path> models = Files.list(folder)) {
            List<DynamicTest> tests = models.sorted()
                    .flatMap(model -> files(folder, model).stream())
                    .map(file -> DynamicTest.dynamicTest(
                            folder.resolveSibling("").relativize(file).toString(), () -> check(folder, file)))
                    .toList();
            assertThat(tests).isNotEmpty();
            return tests.stream();
        }
    }

    /** A case's files: in its folder, or where it has the name of a sample, that sample. */
    private static List<Path> files(Path folder, Path model) {
        Path sample = folder.resolveSibling("formats").resolve("trees").resolve(model.getFileName());
        return Stream.of(sample, model.resolve("model.json"), model.resolve("model.ubj"))
                .filter(Files::isRegularFile)
                .toList();
    }

    private static void check(Path folder, Path file) throws IOException {
        boolean sample = !file.startsWith(folder);
        Path model = sample ? folder.resolve(file.getFileName()) : Objects.requireNonNull(file.getParent());
        List<Path> cases = Stream.of("b16", "b20")
                .map(model::resolve)
                .filter(Files::isDirectory)
                .toList();
        if (cases.isEmpty()) {
            ModelLoader.signature(file); // has no recorded outputs
            return;
        }
        byte[] bytes = Files.readAllBytes(file);
        for (Path each : cases) {
            try (Arena arena = Arena.ofShared();
                    SlabPool memory = new SlabPool(1L << 26)) {
                GoldenCase golden = GoldenCase.read(each, arena);
                try (LoadedModel loaded = ModelLoader.load(file, LoadOptions.DEFAULT, TreeRuns.KERNELS, memory)) {
                    compare(loaded, golden, "predict");
                }
                LoadOptions sums = LoadOptions.DEFAULT.withDeclared(
                        new DeclaredPorts(List.of(), List.of(), Map.of(PredictionForm.SUMS, "true")));
                try (LoadedModel loaded = ModelLoader.load(bytes, sums, TreeRuns.KERNELS, memory)) {
                    compare(loaded, golden, golden.outputs().containsKey("margin") ? "margin" : "raw");
                }
                if (golden.outputs().containsKey("contribs")) {
                    LoadOptions contributions = LoadOptions.DEFAULT.withDeclared(
                            new DeclaredPorts(List.of(), List.of(TreeGraph.CONTRIBUTIONS), Map.of()));
                    try (LoadedModel loaded = ModelLoader.load(bytes, contributions, TreeRuns.KERNELS, memory)) {
                        compare(loaded, golden, "contribs");
                    }
                }
            }
        }
    }

    private static void compare(LoadedModel model, GoldenCase golden, String output) {
        Tensor input = golden.inputs().values().iterator().next();
        double[] expected =
                TreeRuns.numbers(Objects.requireNonNull(golden.outputs().get(output), output));
        try (RunResult result = model.run(List.of(input), Workers.single())) {
            double[] actual = TreeRuns.numbers(result.outputs().getFirst());
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < expected.length; i++) {
                assertThat(Math.abs(actual[i] - expected[i]))
                        .as("%s at %d: expected %s, got %s", output, i, expected[i], actual[i])
                        .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(expected[i])));
            }
        }
    }
}
