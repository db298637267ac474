package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that starts the server, as it lies in a distribution, with a program that stands in for Java. */
class LauncherTest {
    @TempDir
    private Path home;

    @BeforeEach
    void copy() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "there is no Linux to tell of signals");
        Files.copy(Path.of("../nereid"), home.resolve("nereid"));
        Path java = Files.createDirectories(home.resolve("runtime/bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\ngrep SigIgn /proc/self/status\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
    }

    /** Bit by bit, from signal 1. */
    private static long ignored(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(output).startsWith("SigIgn:");
        return Long.parseUnsignedLong(output.substring(7).strip(), 16);
    }

    @Test
    void aServerStartedInTheBackgroundListensToSigint() throws IOException {
        assumeTrue(succeeds("env", "--default-signal=INT", "true"), "this env cannot change signals");

        assertThat(ignored("/bin/sh", "-c", "trap '' INT; exec /bin/sh " + home.resolve("nereid") + " serve") & 2)
                .isZero();
    }

    /** Whether a command is there, and ends well. */
    static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
