package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void onLinux() {
        assumeTrue(Files.exists(Path.of("/proc/self")), "there is no Linux to tell of processes");
    }

    private void content(String text) throws IOException {
        Files.writeString(folder.resolve(".model_server.pid"), text);
    }

    @Test
    void onlyAnotherJavaProcessThatLivesIsARunningServer() throws Exception {
        PidFile file = new PidFile(folder);
        assertThat(file.running()).isEmpty();
        file.write();
        assertThat(file.running()).as("this process").isEmpty();
        content("no number");
        assertThat(file.running()).isEmpty();
        Process sleep = new ProcessBuilder("sleep", "60").start();
        content(Long.toString(sleep.pid()));
        assertThat(file.running()).as("a process that is no server").isEmpty();
        sleep.destroyForcibly().waitFor();
        assertThat(file.running()).as("a process that has ended").isEmpty();
    }

    @Test
    void aRunningServerIsStopped() throws Exception {
        PidFile file = new PidFile(folder);
        Path source = Files.writeString(
                folder.resolve("Sleeper.java"),
                "class Sleeper { public static void main(String[] a) throws Exception { Thread.sleep(60_000); } }");
        Process server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        source.toString())
                .start();
        try {
            content(Long.toString(server.pid()));
            assertThat(file.running()).isPresent();
            assertThat(file.stop(file.running().orElseThrow(), 30)).isTrue();
            assertThat(server.isAlive()).isFalse();
            assertThat(folder.resolve(".model_server.pid")).doesNotExist();
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void theFileOfAnotherProcessIsNotDeleted() throws IOException {
        PidFile file = new PidFile(folder);
        content("1");
        file.delete();
        assertThat(folder.resolve(".model_server.pid")).exists();
        file.write();
        file.delete();
        assertThat(folder.resolve(".model_server.pid")).doesNotExist();
    }
}
