package dev.nereid.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.device.GpuDevice;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.conformance.ConformanceRunner;
import dev.nereid.models.conformance.ListedFailures;
import dev.nereid.models.conformance.SmallSuite;
import dev.nereid.models.conformance.Summary;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small suite that is written here, and the ONNX project's own tests where there is test data, with everything that has a CUDA
 * kernel on an emulated GPU, as the files have them. Nothing fails there that does not fail on the CPU.
 */
@Tag("cuda")
class DeviceConformanceTest {
    private static final Path PAGE = Path.of("..", "..", "docs", "conformance.md");

    @Test
    void passesTheSmallSuite(@TempDir Path folder) throws IOException {
        Summary summary = run(SmallSuite.write(folder));
        assertThat(summary.failed()).isEmpty();
        assertThat(summary.passed()).hasSize(SmallSuite.TESTS);
    }

    @Test
    void passesWhatPassesOnTheCpu() throws IOException {
        if (!Boolean.getBoolean("nereid.test.cuda.conformance")) {
            System.out.println(
                    "SKIPPED: conformance on an emulated GPU takes minutes; -Dnereid.test.cuda.conformance=true"
                            + " runs it, and .ci/nightly does");
            Assumptions.abort("not asked for");
        }
        String data = System.getenv("NEREID_TEST_DATA");
        Path suite = Path.of(data == null ? "" : data, "onnx-tests.zip");
        if (data == null || !Files.exists(suite)) {
            System.out.println("SKIPPED: conformance on an emulated GPU, NEREID_TEST_DATA names no onnx-tests.zip");
            Assumptions.abort("no test data");
        }
        Summary summary = run(suite);
        assertThat(summary.passed()).isNotEmpty();
        assertThat(ListedFailures.of(PAGE, summary))
                .containsAll(summary.failed().keySet());
    }

    private static Summary run(Path suite) throws IOException {
        EmulatedCuda cuda = EmulatedCuda.find("conformance on an emulated GPU")
                .orElseGet(() -> Assumptions.abort("no emulated GPU"));
        GpuDevice device = cuda.gpus().all().getFirst();
        KernelSet kernels = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());
        ConformanceRunner.Options options =
                new ConformanceRunner.Options(LoadOptions.UNOPTIMIZED, kernels, Optional.empty(), Optional.of(device));
        Summary summary;
        // One space that stays open keeps the kernels compiled from one model to the next.
        try (DeviceModelResources _ = device.open()) {
            summary = ConformanceRunner.run(
                    suite, options, DeviceConformanceTest::isAsked, new PrintWriter(Writer.nullWriter()));
        }
        System.out.println("DeviceConformanceTest: " + summary);
        summary.failed().forEach((name, reason) -> System.out.println("FAIL " + name + ": " + reason));
        assertThat(cuda.used(device.number())).as("bytes left on the device").isZero();
        return summary;
    }

    /** All but whole networks, and of those whose names have what the property {@code nereid.test.cuda.conformance.names} says. */
    private static boolean isAsked(String name) {
        return !name.startsWith("light/")
                && name.contains(System.getProperty("nereid.test.cuda.conformance.names", ""));
    }
}
