package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job whose process is killed goes on where it was, and its output is the same file. */
class BatchRestartTest {
    private static final int ROWS = 8000;
    private static final int WIDTH = 1024;
    private static final int PRODUCTS = 12;
    private static final int KILLS = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path folder;

    @Test
    void killedJobsGoOnAndWriteTheSameFile() throws Exception {
        slowModel(folder.resolve("slow.onnx"));
        Path input = Files.writeString(
                folder.resolve("in.jsonl"),
                IntStream.range(0, ROWS)
                        .mapToObj(i -> "{\"id\":" + i + ",\"x\":" + (i % 97 == 5 ? "\"wrong\"" : "0." + i) + "}\n")
                        .collect(Collectors.joining()));
        Path whole = folder.resolve("whole.jsonl");
        assertThat(BatchCommand.run(arguments(input, whole))).isEqualTo(2);

        Path killed = folder.resolve("killed.jsonl");
        for (int i = 0; i < KILLS; i++) {
            killAfterACheckpoint(input, killed);
            assertThat(killed).doesNotExist();
        }
        byte[] checkpoint = Files.readAllBytes(folder.resolve("killed.jsonl.checkpoint"));
        assertThat(new String(checkpoint, java.nio.charset.StandardCharsets.UTF_8))
                .contains("\"rows\":");
        assertThat(BatchCommand.run(arguments(input, killed))).isEqualTo(2);

        assertThat(killed).hasSameBinaryContentAs(whole);
        assertThat(folder.resolve("killed.jsonl.errors.jsonl"))
                .hasSameBinaryContentAs(folder.resolve("whole.jsonl.errors.jsonl"));
        assertThat(Files.readAllLines(whole)).hasSize(ROWS - (ROWS - 5 + 96) / 97);
    }

    private List<String> arguments(Path input, Path output) {
        return List.of(
                "--model=" + folder.resolve("slow.onnx"),
                "--input=" + input,
                "--output=" + output,
                "--on-error=skip",
                "--chunk-rows=64",
                "--threads=2",
                "--quiet");
    }

    private void killAfterACheckpoint(Path input, Path output) throws IOException, InterruptedException {
        Path checkpoint = output.resolveSibling(output.getFileName() + ".checkpoint");
        byte[] before = Files.exists(checkpoint) ? Files.readAllBytes(checkpoint) : new byte[0];
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.nereid.server.commands.Main",
                "batch"));
        command.addAll(arguments(input, output));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        try {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!Files.exists(checkpoint) || java.util.Arrays.equals(before, Files.readAllBytes(checkpoint))) {
                assertThat(process.isAlive())
                        .as("the job goes on: %s", Files.readString(folder.resolve("log")))
                        .isTrue();
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.sleep(20);
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    /** y = mean(W (W ... (x * ones))): some tenths of a millisecond a row. */
    private static void slowModel(Path file) throws IOException {
        Random random = new Random(1);
        TensorProto.Builder weights = TensorProto.newBuilder()
                .setName("w")
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .addDims(WIDTH)
                .addDims(WIDTH);
        for (int i = 0; i < WIDTH * WIDTH; i++) {
            weights.addFloatData((float) random.nextGaussian() / 32);
        }
        float[] ones = new float[WIDTH];
        java.util.Arrays.fill(ones, 1);
        GraphWriter graph = new GraphWriter("slow")
                .input("x", TensorProto.DataType.FLOAT, "batch", "1")
                .output("y", TensorProto.DataType.FLOAT, "batch", "1")
                .constant(weights.build())
                .constant("ones", ones)
                .node("Mul", "h0", "x", "ones");
        for (int i = 0; i < PRODUCTS; i++) {
            graph.node("MatMul", "h" + (i + 1), "h" + i, "w");
        }
        Files.write(
                file,
                graph.node("ReduceMean", "y", "h" + PRODUCTS)
                        .integers("axes", 1)
                        .model()
                        .toByteArray());
    }
}
