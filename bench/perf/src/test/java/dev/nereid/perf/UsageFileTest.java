package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

/** The launcher prints this file for --help, without a build and without a JVM. */
@Tag("found-28")
class UsageFileTest {
    @Test
    void committedFileIsTheText() throws IOException {
        Path renewed = Files.writeString(
                Path.of("target/usage-perf.txt"), PerfMain.commandLine().getUsageMessage(Ansi.OFF));
        assertThat(Files.mismatch(Path.of("../../docs/usage-perf.txt"), renewed))
                .as("docs/usage-perf.txt differs from the options: copy bench/perf/target/usage-perf.txt over it")
                .isEqualTo(-1);
    }
}
