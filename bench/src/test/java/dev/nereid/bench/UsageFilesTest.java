package dev.nereid.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.bench.perf.PerfMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

/** The launcher prints these files for --help, without a build and without a JVM. */
@Tag("found-28")
class UsageFilesTest {
    private static void assertCommitted(String command, String text) throws IOException {
        String name = "usage-" + command + ".txt";
        Path renewed = Files.writeString(Path.of("target", name), text);
        assertThat(Files.mismatch(Path.of("../docs", name), renewed))
                .as("docs/%s differs from the options: copy bench/target/%s over it", name, name)
                .isEqualTo(-1);
    }

    @Test
    void committedFileOfPerfIsTheText() throws IOException {
        assertCommitted("perf", PerfMain.commandLine().getUsageMessage(Ansi.OFF));
    }

    @Test
    void committedFileOfBenchIsTheText() throws IOException {
        assertCommitted("bench", BenchMain.commandLine().getUsageMessage(Ansi.OFF));
    }
}
