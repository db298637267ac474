package dev.nereid.models.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.onnx.OnnxTensors;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConformanceRunnerTest {
    @TempDir
    private Path folder;

    private static byte[] model(String operator) {
        return new GraphWriter()
                .input("x", DataType.FLOAT, "n")
                .output("y", DataType.FLOAT, "n")
                .node(operator, "y", "x")
                .model()
                .toByteArray();
    }

    private static void write(Path root, String test, byte[] model, Tensor input, Tensor output) throws IOException {
        Path data = Files.createDirectories(root.resolve("node").resolve(test).resolve("test_data_set_0"));
        Files.write(data.resolveSibling("model.onnx"), model);
        Files.write(data.resolve("input_0.pb"), OnnxTensors.write("x", input));
        Files.write(data.resolve("output_0.pb"), OnnxTensors.write("y", output));
    }

    private static Summary run(Path suite, Optional<Path> dump, StringWriter out) throws IOException {
        ConformanceRunner.Options options =
                new ConformanceRunner.Options(LoadOptions.DEFAULT, KernelSet.scalar(), dump);
        return ConformanceRunner.run(suite, options, new PrintWriter(out));
    }

    private static void writeSuite(Path root) throws IOException {
        Tensor x = Tensors.floats(new float[] {1, 2});
        write(root, "test_same", model("Identity"), x, x);
        write(root, "test_other", model("Identity"), x, Tensors.floats(new float[] {1, 3}));
        write(root, "test_unknown", model("NoSuchOperator"), x, x);
        write(root, "test_broken", new byte[] {1, 2, 3}, x, x);
        Path empty = Files.createDirectories(root.resolve("node").resolve("test_without_data"));
        Files.write(empty.resolve("model.onnx"), model("Identity"));
    }

    @Test
    void reportsEachFailureAndTheSummaryAlone() throws IOException {
        writeSuite(folder);
        StringWriter out = new StringWriter();
        Summary summary = run(folder, Optional.empty(), out);

        assertThat(summary.passed()).containsExactly("node/test_same");
        assertThat(summary.skipped()).containsExactly("node/test_without_data");
        assertThat(out.toString().lines())
                .hasSize(4)
                .anyMatch(line ->
                        line.startsWith("FAIL node/test_other: output 'y': element 1 of 2: expected 3.0, got 2.0"))
                .anyMatch(line -> line.startsWith("FAIL node/test_unknown: ") && line.contains("NoSuchOperator"))
                .anyMatch(line -> line.startsWith("FAIL node/test_broken: "))
                .last()
                .isEqualTo("1 passed, 3 failed, 1 skipped");
    }

    @Test
    void readsASuiteInAZipFile() throws IOException {
        Path zip = folder.resolve("suite.zip");
        try (FileSystem files = FileSystems.newFileSystem(URI.create("jar:" + zip.toUri()), Map.of("create", "true"))) {
            writeSuite(files.getPath("/"));
        }
        assertThat(run(zip, Optional.empty(), new StringWriter())).hasToString("1 passed, 3 failed, 1 skipped");
    }

    @Test
    void dumpsWhatWasComputedAlsoWhereItIsWrong() throws IOException {
        writeSuite(folder);
        Path dump = folder.resolve("dump");
        run(folder, Optional.of(dump), new StringWriter());

        byte[] message = Files.readAllBytes(dump.resolve("node/test_other/test_data_set_0/output_0.pb"));
        try (OnnxTensors tensors = new OnnxTensors()) {
            assertThat(Tensors.text(tensors.read(message).tensor())).isEqualTo("FP32[2] [1.0, 2.0]");
        }
        assertThat(dump.resolve("node/test_unknown")).doesNotExist();
    }
}
