package dev.nereid.kernels.costs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.convolution.ConvolutionCostModel;
import dev.nereid.kernels.convolution.ConvolutionCostModel.Cost;
import dev.nereid.kernels.cpu.Cpu;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CostFileTest {
    private static final ConvolutionCostModel COSTS =
            new ConvolutionCostModel(new Cost(0.02, 0.3, 0.015), new Cost(1.75e-2, 12.5, 0));

    @TempDir
    private Path folder;

    private static KernelSelection selection(String layer) {
        return new KernelSelection(KernelSet.scalar(), Map.of("convolution", layer), List.of());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void costsAreReadAsTheyWereWritten() throws IOException {
        CostFile file = CostFile.in(folder, selection("native (avx2)"));
        assertThat(file.read()).isEmpty();
        file.checkWritable();
        assertThat(files()).isEmpty();
        file.write(COSTS);
        assertThat(CostFile.in(folder, selection("native (avx2)")).read()).contains(COSTS);
        assertThat(files()).containsExactly(file.path());
    }

    @Test
    void writingTakesThePlaceOfWhatThereWas() throws IOException {
        CostFile file = CostFile.in(folder, selection("vector (256 bits)"));
        file.write(COSTS);
        ConvolutionCostModel others = new ConvolutionCostModel(new Cost(1, 2, 3), new Cost(4, 5, 6));
        file.write(others);
        assertThat(file.read()).contains(others);
        assertThat(files()).hasSize(1);
    }

    @Test
    void otherKernelsHaveAFileOfTheirOwn() {
        CostFile.in(folder, selection("native (avx2)")).write(COSTS);
        assertThat(CostFile.in(folder, selection("vector (256 bits)")).read()).isEmpty();
    }

    @Test
    void costsOfAnotherMachineAreNotTaken() {
        CostFile file = CostFile.in(folder, selection("native (avx2)"));
        new CostFile(file.path(), "another machine").write(COSTS);
        assertThat(file.read()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"none", "-1", "NaN", "Infinity", "''"})
    void whatIsNoCostIsNamed(String text) throws IOException {
        CostFile file = CostFile.in(folder, selection("native (avx2)"));
        file.write(COSTS);
        Files.writeString(file.path(), Files.readString(file.path()).replace("12.5", text));
        assertThatThrownBy(file::read)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file.path() + ", convolution.winograd.value-nanos: expected nanoseconds of at least 0, got "
                        + text);
    }

    @Test
    void fileThatHoldsSomethingElseIsNamed() throws IOException {
        CostFile file = CostFile.in(folder, selection("native (avx2)"));
        Files.writeString(file.path(), "machine=\\u12");
        assertThatThrownBy(file::read)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file.path() + ": expected lines of names and values, got ");
    }

    @Test
    void folderThatIsAFileIsRefusedBeforeAnythingIsMeasured() throws IOException {
        Path noFolder = Files.writeString(folder.resolve("file"), "text");
        assertThatThrownBy(
                        () -> CostFile.in(noFolder, selection("native (avx2)")).checkWritable())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("expected a folder in which files can be made, got ")
                .hasMessageContaining(noFolder.toString());
    }

    @Test
    void kernelsWithOneAlgorithmAreLeftAsTheyAre() throws IOException {
        KernelSelection scalar = KernelSelection.of(List.of("scalar"), List.of());
        assertThat(PlanCache.kernels(folder, scalar)).isSameAs(scalar.kernels());
        assertThat(files()).isEmpty();
    }

    @Test
    void machineIsMeasuredOnceAndReadFromThenOn() throws IOException {
        KernelSelection selection =
                KernelSelection.of(List.of("scalar", "vector"), List.of(VectorKernels.layer(Cpu.detect())));
        PlanCache.kernels(folder, selection);
        CostFile file = CostFile.in(folder, selection);
        ConvolutionCostModel measured = file.read().orElseThrow();
        assertThat(measured.sums().multiplyAdd() + measured.sums().value()).isPositive();
        assertThat(measured.winograd().multiplyAdd() + measured.winograd().value())
                .isPositive();
        PlanCache.kernels(folder, selection);
        assertThat(file.read()).contains(measured);
        assertThat(files()).containsExactly(file.path());
    }
}
