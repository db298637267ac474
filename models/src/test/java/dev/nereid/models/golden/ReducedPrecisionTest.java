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
import dev.nereid.models.Precision;
import dev.nereid.models.execute.RunResult;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A model of sentences in numbers of less precision than its file's, beside what was recorded of ONNX Runtime. */
@Tag("golden")
class ReducedPrecisionTest {
    private static final String MODEL = "minilm-l6-v2-fp32";
    private static final LoadOptions BF16 = LoadOptions.DEFAULT.withPrecision(Precision.BF16);

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> sentencesInBf16StayWhereTheyWere() {
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("SKIPPED models in bf16: NEREID_TEST_DATA is not set");
            return Stream.empty();
        }
        return Stream.of("vector", "native")
                .map(layer -> DynamicTest.dynamicTest(layer, () -> check(Path.of(data, "models", MODEL), layer)));
    }

    private void check(Path modelFolder, String layer) throws IOException {
        KernelSet kernels = KernelSelection.of(
                        KernelSelection.parse(layer), List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
                .kernels();
        Path file = GoldenModelsTest.file(modelFolder, folder);
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 28);
                LoadedModel plain = ModelLoader.load(file, LoadOptions.DEFAULT, kernels, memory);
                LoadedModel rounded = ModelLoader.load(file, BF16, kernels, memory)) {
            List<GoldenCase> cases = GoldenCase.of(modelFolder, arena);
            assertThat(cases).isNotEmpty();
            for (GoldenCase golden : cases) {
                List<float[]> outputs = run(rounded, golden);
                for (int i = 0; i < outputs.size(); i++) {
                    String output = rounded.outputs().get(i).name();
                    Tensor expected = Objects.requireNonNull(golden.outputs().get(output), output);
                    assertThat(Agreement.ROUNDED_TO_BF16.compareFloats(
                                    expected.segment()
                                            .asSlice(0, expected.byteSize())
                                            .toArray(ValueLayout.JAVA_FLOAT),
                                    outputs.get(i)))
                            .as("%s %s %s", layer, golden.name(), output)
                            .isEmpty();
                    // Or nothing was rounded.
                    assertThat(outputs.get(i)).isNotEqualTo(run(plain, golden).get(i));
                }
            }
        }
    }

    private static List<float[]> run(LoadedModel model, GoldenCase golden) {
        List<Tensor> inputs = model.inputs().stream().map(golden::input).toList();
        List<float[]> outputs = new ArrayList<>();
        try (RunResult result = model.run(inputs, Workers.single())) {
            for (Tensor output : result.outputs()) {
                outputs.add(output.segment().asSlice(0, output.byteSize()).toArray(ValueLayout.JAVA_FLOAT));
            }
        }
        return outputs;
    }
}
