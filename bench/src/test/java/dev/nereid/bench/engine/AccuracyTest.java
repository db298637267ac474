package dev.nereid.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.bench.LocalKernels;
import dev.nereid.kernels.KernelSet;
import dev.nereid.models.LoadOptions;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Layers round no worse than ONNX Runtime's do, by more than is allowed. */
class AccuracyTest {
    private final KernelSet kernels = LocalKernels.chosen();

    @Test
    @Tag("found-19")
    void layersAreAsExactAsOnnxRuntimesWhateverTheirBiases() throws IOException {
        check(new Accuracy(kernels, LoadOptions.DEFAULT.withWinograd(false)), Accuracy.Bounds.SUMS);
    }

    @Test
    @Tag("found-19")
    void winogradsAlgorithmIsLessExactByAKnownFactor() throws IOException {
        check(new Accuracy(kernels, LoadOptions.DEFAULT), Accuracy.Bounds.WINOGRAD);
    }

    private static void check(Accuracy accuracy, Accuracy.Bounds bounds) throws IOException {
        for (EngineCase one : AccuracyCommand.cases(List.of())) {
            assertThat(accuracy.of(one))
                    .as(one.label())
                    .isNotEmpty()
                    .allMatch(pair -> pair.isWithin(bounds), "within " + bounds);
        }
    }

    @Test
    void anErrorWithinTheRoundingOfTheResultIsNone() {
        Deviation exact = Deviation.of(new double[] {1000}, 1000);
        Deviation rounded = Deviation.of(new double[] {1000 + 5e-5}, 1000);
        Deviation wrong = Deviation.of(new double[] {1000 + 5e-4}, 1000);
        assertThat(rounded.isWithin(Accuracy.Bounds.SUMS, exact)).isTrue();
        assertThat(wrong.isWithin(Accuracy.Bounds.SUMS, exact)).isFalse();
        assertThat(Deviation.of(new double[] {Double.NaN}, 1).isWithin(Accuracy.Bounds.WINOGRAD, wrong))
                .isFalse();
    }
}
