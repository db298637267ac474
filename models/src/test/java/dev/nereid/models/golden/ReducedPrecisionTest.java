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
    /** An option, and how far answers may be off with it. */
    private record Reduction(String name, LoadOptions options, double leastCosine, double largestError) {}

    private static final List<Reduction> REDUCTIONS = List.of(
            new Reduction("bf16", LoadOptions.DEFAULT.withPrecision(Precision.BF16), 0.9999, 0.01),
            new Reduction("int8 weights", LoadOptions.DEFAULT.withInt8WeightsBeyond(0), 0.999, 0.05));

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> sentencesStayWhereTheyWere() throws IOException {
        List<Path> recorded = SmallModels.sentences(folder);
        return REDUCTIONS.stream()
                .flatMap(reduction -> Stream.of("vector", "native")
                        .map(layer -> DynamicTest.dynamicTest(
                                reduction.name() + " " + layer, () -> check(recorded, layer, reduction))));
    }

    /** @param recorded folders with recorded outputs of the model */
    private void check(List<Path> recorded, String layer, Reduction reduction) throws IOException {
        KernelSet kernels = KernelSelection.of(
                        KernelSelection.parse(layer), List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
                .kernels();
        Path file = GoldenModelsTest.file(recorded.getFirst(), folder);
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 28);
                LoadedModel plain = ModelLoader.load(file, LoadOptions.DEFAULT, kernels, memory);
                LoadedModel reduced = ModelLoader.load(file, reduction.options(), kernels, memory)) {
            List<GoldenCase> cases = recorded.stream()
                    .flatMap(each -> GoldenCase.of(each, arena).stream())
                    .toList();
            assertThat(cases).isNotEmpty();
            for (GoldenCase golden : cases) {
                List<float[]> outputs = run(reduced, golden);
                for (int i = 0; i < outputs.size(); i++) {
                    String output = reduced.outputs().get(i).name();
                    Tensor expected = Objects.requireNonNull(golden.outputs().get(output), output);
                    String place = layer + " " + golden.name() + " " + output;
                    check(reduction, place, mask(reduced, golden), floats(expected), outputs.get(i));
                    // Or nothing was reduced.
                    assertThat(outputs.get(i)).isNotEqualTo(run(plain, golden).get(i));
                }
            }
        }
    }

    /** Compares the tokens of texts; what padding becomes is of no use to anybody, and moves most. */
    private static void check(Reduction reduction, String place, long[] mask, float[] expected, float[] actual) {
        int width = expected.length / mask.length;
        double dot = 0;
        double expectedNorm = 0;
        double actualNorm = 0;
        double largest = 0;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            if (mask[i / width] == 0) {
                continue;
            }
            dot += (double) expected[i] * actual[i];
            expectedNorm += (double) expected[i] * expected[i];
            actualNorm += (double) actual[i] * actual[i];
            largest = Math.max(largest, Math.abs(expected[i]));
            error = Math.max(error, Math.abs((double) expected[i] - actual[i]));
        }
        double cosine = dot / Math.sqrt(expectedNorm * actualNorm);
        System.out.printf("%s, %s: cosine %.6f, error %.4f%n", reduction.name(), place, cosine, error / largest);
        assertThat(cosine).as("cosine, %s", place).isGreaterThanOrEqualTo(reduction.leastCosine());
        assertThat(error / largest)
                .as("largest error as a share of the largest element, %s", place)
                .isLessThanOrEqualTo(reduction.largestError());
    }

    /** For each token whether it is one of a text. */
    private static long[] mask(LoadedModel model, GoldenCase golden) {
        Tensor mask = model.inputs().stream()
                .filter(port -> port.name().equals("attention_mask"))
                .map(golden::input)
                .findFirst()
                .orElseThrow();
        return mask.segment().asSlice(0, mask.byteSize()).toArray(ValueLayout.JAVA_LONG);
    }

    private static float[] floats(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
    }

    private static List<float[]> run(LoadedModel model, GoldenCase golden) {
        List<Tensor> inputs = model.inputs().stream().map(golden::input).toList();
        List<float[]> outputs = new ArrayList<>();
        try (RunResult result = model.run(inputs, Workers.single())) {
            for (Tensor output : result.outputs()) {
                outputs.add(floats(output));
            }
        }
        return outputs;
    }
}
