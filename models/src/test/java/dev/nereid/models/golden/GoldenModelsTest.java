package dev.nereid.models.golden;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Small models give the outputs of the scalar kernels, and real models those that were recorded from ONNX Runtime, optimised and
 * not. The property
 * {@code nereid.test.kernels} caps the kernels as {@code --kernels} does; {@code nereid.test.models} names some of the models,
 * separated by commas.
 */
@Tag("golden")
public class GoldenModelsTest {
    /** Folder name to how outputs compare. */
    public static final Map<String, Agreement> MODELS = Map.ofEntries(
            entry("addsub", Agreement.CLOSE),
            entry("blazeface-front_128x128", Agreement.CLOSE),
            entry("charrnn-shakespeare", Agreement.CLOSE),
            entry("fastestdet", Agreement.CLOSE),
            entry("magika-standard-v3.3", Agreement.CLOSE),
            entry("minilm-l6-v2-fp32", Agreement.CLOSE),
            entry("minilm-l6-v2-q", Agreement.SAME_DIRECTION),
            entry("mlperf-tiny-ad01-autoencoder", Agreement.CLOSE),
            entry("mlperf-tiny-resnet8-cifar10", Agreement.CLOSE),
            entry("mlperf-tiny-vww-mobilenet", Agreement.CLOSE),
            entry("mlsd-320x320_tiny", Agreement.CLOSE),
            entry("mnist-opt", Agreement.CLOSE),
            entry("nsfw-mobilenetv2", Agreement.CLOSE),
            entry("ppocr-v4-det", Agreement.CLOSE),
            entry("ppocr-v4-rec", Agreement.CLOSE),
            entry("silero-vad-v5", Agreement.CLOSE),
            entry("sklearn-treecl", Agreement.CLOSE),
            entry("stories260K-onnx", Agreement.CLOSE),
            entry("superres", Agreement.CLOSE),
            entry("tract-byte_sb_bidi_lstm", Agreement.CLOSE),
            entry("tract-lgbm_classifier_tensor", Agreement.CLOSE),
            entry("tract-linear_classifier", Agreement.CLOSE),
            entry("tract-qlstm_3-2-3_T3_S1", Agreement.SAME_DIRECTION),
            entry("tract-xgboost_regressor_tree", Agreement.CLOSE),
            entry("ultraface-RFB-320", Agreement.CLOSE),
            entry("ultraface-slim-320", Agreement.CLOSE),
            entry("wakeword-hello_deepa", Agreement.CLOSE));

    /** Models whose file is a resource of a test dependency. */
    private static final Map<String, String> RESOURCES =
            Map.of("minilm-l6-v2-fp32", "all-minilm-l6-v2.onnx", "minilm-l6-v2-q", "all-minilm-l6-v2-q.onnx");

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> modelsGiveTheirRecordedOutputs() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path model : models(folder, "golden models")) {
            for (LoadOptions options : List.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)) {
                String name = model.getFileName() + (options.optimize() ? "" : " unoptimised");
                tests.add(DynamicTest.dynamicTest(name, () -> check(model, options)));
            }
        }
        return tests.stream();
    }

    /**
     * Folders of models with recorded outputs: small ones, written into {@code folder}, and the real ones where there is test data.
     * Those that the property names if it names some.
     *
     * @param what for the line that says that the real ones are skipped
     */
    static List<Path> models(Path folder, String what) throws IOException {
        String some = System.getProperty("nereid.test.models", "");
        List<Path> models = new ArrayList<>();
        if (some.isEmpty()) {
            models.addAll(SmallModels.write(folder));
        }
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("SKIPPED " + what + " of real models: NEREID_TEST_DATA is not set");
        } else {
            List<String> names =
                    some.isEmpty() ? MODELS.keySet().stream().sorted().toList() : List.of(some.split(","));
            assertThat(MODELS).containsKeys(names.toArray(String[]::new));
            models.addAll(real(data, names, what));
        }
        return models;
    }

    /** The folders of those models of the test data that have recorded outputs; which have none is printed. */
    public static List<Path> real(String data, Collection<String> names, String what) {
        Map<Boolean, List<Path>> models = names.stream()
                .map(name -> Path.of(data, "models", name))
                .collect(Collectors.partitioningBy(model -> Files.isDirectory(model.resolve("golden"))));
        List<Path> absent = Objects.requireNonNull(models.get(false));
        if (!absent.isEmpty()) {
            System.out.println("SKIPPED " + what + ": no recorded outputs of "
                    + absent.stream()
                            .map(model -> model.getFileName().toString())
                            .collect(Collectors.joining(", ")));
        }
        return Objects.requireNonNull(models.get(true));
    }

    private void check(Path modelFolder, LoadOptions options) throws IOException {
        String model = modelFolder.getFileName().toString();
        Agreement agreement = agreement(model);
        KernelSet kernels = KernelSelection.of(
                        KernelSelection.parse(System.getProperty("nereid.test.kernels", "native")),
                        List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
                .kernels();
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 28);
                LoadedModel loaded = ModelLoader.load(file(modelFolder, folder), options, kernels, memory)) {
            List<GoldenCase> cases = GoldenCase.of(modelFolder, arena);
            assertThat(cases).isNotEmpty();
            for (GoldenCase golden : cases) {
                List<Tensor> inputs =
                        loaded.inputs().stream().map(golden::input).toList();
                try (RunResult result = loaded.run(inputs, Workers.single())) {
                    for (int i = 0; i < loaded.outputs().size(); i++) {
                        String output = loaded.outputs().get(i).name();
                        Tensor expected =
                                Objects.requireNonNull(golden.outputs().get(output), output);
                        assertThat(agreement.compare(expected, result.outputs().get(i)))
                                .as("%s/%s %s", model, golden.name(), output)
                                .isEmpty();
                    }
                }
            }
        }
    }

    /** How the outputs of a model compare with those that were recorded. */
    public static Agreement agreement(String model) {
        return SmallModels.NAMES.contains(model) ? Agreement.CLOSE : Objects.requireNonNull(MODELS.get(model), model);
    }

    /** The file of a model; one that comes as a resource is copied into {@code folder}. */
    public static Path file(Path modelFolder, Path folder) throws IOException {
        String resource = RESOURCES.get(modelFolder.getFileName().toString());
        if (resource == null) {
            return modelFolder.resolve("model.onnx");
        }
        Path file = folder.resolve(resource);
        try (InputStream in = GoldenModelsTest.class.getResourceAsStream("/" + resource)) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        }
        return file;
    }
}
