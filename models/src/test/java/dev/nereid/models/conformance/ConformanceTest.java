package dev.nereid.models.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.models.LoadOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small suite that is written here, all of which passes, and the ONNX project's own tests where there is test data, of which
 * only what docs/conformance.md lists with a reason may fail: optimised and as the files have them, by scalar and by vector
 * kernels.
 */
class ConformanceTest {
    /** What passes of the suite of ONNX 1.17. Never lowered. */
    private static final int AT_LEAST_OF_ONNX_1_17 = 1408;

    /** What passes of a newer suite. Never lowered; raised as the list grows. */
    private static final int AT_LEAST = 1650;

    private static final Path PAGE = Path.of("..", "docs", "conformance.md");

    private static final KernelSet VECTOR = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());

    @TempDir
    Path folder;

    /** Whole networks take most of the time, and minutes by plain loops: once is enough. */
    private static boolean isSmall(String name) {
        return !name.startsWith("light/");
    }

    private static Summary run(LoadOptions load, KernelSet kernels, Predicate<String> chosen) throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        Path suite = Path.of(data == null ? "" : data, "onnx-tests.zip");
        if (data == null || !Files.exists(suite)) {
            System.out.println("ConformanceTest: skipped, NEREID_TEST_DATA names no folder with onnx-tests.zip");
            Assumptions.abort("no test data");
        }
        return run(suite, load, kernels, chosen);
    }

    private static Summary run(Path suite, LoadOptions load, KernelSet kernels, Predicate<String> chosen)
            throws IOException {
        ConformanceRunner.Options options = new ConformanceRunner.Options(load, kernels, Optional.empty());
        Summary summary = ConformanceRunner.run(suite, options, chosen, new PrintWriter(Writer.nullWriter()));
        System.out.println("ConformanceTest: " + summary);
        return summary;
    }

    private static void check(Summary summary) throws IOException {
        assertThat(summary.passed()).isNotEmpty();
        assertThat(ListedFailures.of(PAGE, summary))
                .containsAll(summary.failed().keySet());
    }

    @Test
    void passesTheSmallSuite() throws IOException {
        Path suite = SmallSuite.write(folder);
        for (LoadOptions load : List.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)) {
            for (KernelSet kernels : List.of(VECTOR, KernelSet.scalar())) {
                Summary summary = run(suite, load, kernels, _ -> true);
                assertThat(summary.failed()).isEmpty();
                assertThat(summary.passed()).hasSize(SmallSuite.TESTS);
            }
        }
    }

    @Test
    void passesOptimizedWithVectorKernels() throws IOException {
        Summary summary = run(LoadOptions.DEFAULT, VECTOR, _ -> true);
        assertThat(summary.passed())
                .hasSizeGreaterThanOrEqualTo(ListedFailures.isOfOnnx117(summary) ? AT_LEAST_OF_ONNX_1_17 : AT_LEAST);
        check(summary);
    }

    @Test
    void passesUnoptimizedWithVectorKernels() throws IOException {
        check(run(LoadOptions.UNOPTIMIZED, VECTOR, ConformanceTest::isSmall));
    }

    @Test
    void passesUnoptimizedWithScalarKernels() throws IOException {
        check(run(LoadOptions.UNOPTIMIZED, KernelSet.scalar(), ConformanceTest::isSmall));
    }
}
