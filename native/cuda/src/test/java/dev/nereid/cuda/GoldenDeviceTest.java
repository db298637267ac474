package dev.nereid.cuda;

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
import dev.nereid.models.device.Device;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.golden.Agreement;
import dev.nereid.models.golden.GoldenCase;
import dev.nereid.models.golden.GoldenModelsTest;
import dev.nereid.models.golden.SmallModels;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real models give their recorded outputs with all that has a CUDA kernel on an emulated GPU, and leave nothing there.
 * The property {@code nereid.test.cuda.models} names the models instead of the small ones; {@code all} are all.
 */
@Tag("cuda")
class GoldenDeviceTest {
    private static final List<String> SMALL = List.of(
            "addsub",
            "mnist-opt",
            "mlperf-tiny-ad01-autoencoder",
            "mlperf-tiny-resnet8-cifar10",
            "mlperf-tiny-vww-mobilenet",
            "charrnn-shakespeare",
            "sklearn-treecl",
            "tract-lgbm_classifier_tensor",
            "tract-xgboost_regressor_tree");

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> modelsGiveTheirRecordedOutputsOnAGpu() throws IOException {
        Optional<EmulatedCuda> cuda = EmulatedCuda.find("golden models on an emulated GPU");
        if (cuda.isEmpty()) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        List<Path> models = new ArrayList<>(SmallModels.write(folder));
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("SKIPPED real models on an emulated GPU: NEREID_TEST_DATA is not set");
        } else {
            models.addAll(GoldenModelsTest.real(data, names(), "models on an emulated GPU"));
        }
        for (Path model : models) {
            for (LoadOptions options : List.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)) {
                String name = model.getFileName() + (options.optimize() ? "" : " unoptimised");
                tests.add(DynamicTest.dynamicTest(name, () -> check(model, options, cuda.get())));
            }
        }
        return tests.stream();
    }

    private static List<String> names() {
        String property = System.getProperty("nereid.test.cuda.models", "");
        return switch (property) {
            case "" -> SMALL;
            case "all" -> GoldenModelsTest.MODELS.keySet().stream().sorted().toList();
            default -> List.of(property.split(","));
        };
    }

    private void check(Path modelFolder, LoadOptions options, EmulatedCuda cuda) throws IOException {
        String model = modelFolder.getFileName().toString();
        Agreement agreement = GoldenModelsTest.agreement(model);
        KernelSet kernels = KernelSelection.of(
                        KernelSelection.parse(System.getProperty("nereid.test.kernels", "native")),
                        List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
                .kernels();
        Device device = cuda.devices().all().getFirst();
        long before = cuda.used(device.number());
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 28);
                LoadedModel loaded = ModelLoader.load(
                        GoldenModelsTest.file(modelFolder, folder), options, kernels, memory, device)) {
            PlacementReport report = loaded.placement().orElseThrow();
            System.out.println(model + ": " + report);
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
        assertThat(cuda.used(device.number())).as("bytes left on the device").isEqualTo(before);
    }
}
