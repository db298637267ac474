package dev.nereid.server;

import static dev.nereid.server.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.commands.Main;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a process ends that is told to, once or twice. */
class StopSignalsTest {
    @TempDir
    Path repository;

    @Test
    void theSecondSignalEndsTheProcessAtOnce() throws Exception {
        assertThat(processEnds(1, 1)).isZero();
        long start = System.nanoTime();
        assertThat(processEnds(600, 2)).isEqualTo(1);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
    }

    /** The exit code of a server that is sent so many signals. */
    private int processEnds(int drainSeconds, int signals) throws Exception {
        Path log = repository.resolve("log-" + signals);
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        Main.class.getName(),
                        "serve",
                        "--model-repository=" + repository,
                        "--http-address=127.0.0.1",
                        "--http-port=0",
                        "--allow-grpc=false",
                        "--allow-metrics=false",
                        "--drain-delay-secs=" + drainSeconds)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process process = builder.start();
        try {
            until("it serves", () -> text(log).contains("Started HTTPService"));
            process.destroy();
            until("it drains", () -> text(log).contains("Draining: "));
            if (signals > 1) {
                process.destroy();
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(text(log)).isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
