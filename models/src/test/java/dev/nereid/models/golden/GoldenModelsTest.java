package dev.nereid.models.golden;

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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real models give the outputs that were recorded from ONNX Runtime, optimised and not. The property
 * {@code nereid.test.kernels} caps the kernels as {@code --kernels} does.
 */
@Tag("golden")
class GoldenModelsTest {
    /** Folder name to how outputs compare. */
    private static final Map<String, Agreement> MODELS = Map.ofEntries(
            Map.entry("addsub", Agreement.CLOSE),
            Map.entry("blazeface-front_128x128", Agreement.CLOSE),
            Map.entry("fastestdet", Agreement.CLOSE),
            Map.entry("minilm-l6-v2-fp32", Agreement.CLOSE),
            Map.entry("minilm-l6-v2-q", Agreement.SAME_DIRECTION),
            Map.entry("mlperf-tiny-resnet8-cifar10", Agreement.CLOSE),
            Map.entry("mlperf-tiny-vww-mobilenet", Agreement.CLOSE),
            Map.entry("mlsd-320x320_tiny", Agreement.CLOSE),
            Map.entry("mnist-opt", Agreement.CLOSE),
            Map.entry("nsfw-mobilenetv2", Agreement.CLOSE),
            Map.entry("ppocr-v4-det", Agreement.CLOSE),
            Map.entry("ppocr-v4-rec", Agreement.CLOSE),
            Map.entry("superres", Agreement.CLOSE),
            Map.entry("ultraface-RFB-320", Agreement.CLOSE),
            Map.entry("ultraface-slim-320", Agreement.CLOSE));

    /** Models whose file is a resource of a test dependency. */
    private static final Map<String, String> RESOURCES =
            Map.of("minilm-l6-v2-fp32", "all-minilm-l6-v2.onnx", "minilm-l6-v2-q", "all-minilm-l6-v2-q.onnx");

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> modelsGiveTheirRecordedOutputs() {
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("SKIPPED golden models: NEREID_TEST_DATA is not set");
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (String model : MODELS.keySet().stream().sorted().toList()) {
            for (LoadOptions options : List.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)) {
                String name = model + (options.optimize() ? "" : " unoptimised");
                tests.add(DynamicTest.dynamicTest(name, () -> check(Path.of(data, "models", model), options)));
            }
        }
        return tests.stream();
    }

    private void check(Path modelFolder, LoadOptions options) throws IOException {
        String model = modelFolder.getFileName().toString();
        Agreement agreement = Objects.requireNonNull(MODELS.get(model), model);
        KernelSet kernels = KernelSelection.of(
                        KernelSelection.parse(System.getProperty("nereid.test.kernels", "native")),
                        List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
                .kernels();
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 28);
                LoadedModel loaded = ModelLoader.load(file(modelFolder), options, kernels, memory)) {
            List<GoldenCase> cases = GoldenCase.of(modelFolder, arena);
            assertThat(cases).isNotEmpty();
            for (GoldenCase golden : cases) {
                List<Tensor> inputs = loaded.inputs().stream()
                        .map(port -> golden.inputs().get(port.name()))
                        .toList();
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

    private Path file(Path modelFolder) throws IOException {
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
