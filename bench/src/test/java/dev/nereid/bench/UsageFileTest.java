package dev.nereid.bench;

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
                Path.of("target/usage-bench.txt"), BenchMain.commandLine().getUsageMessage(Ansi.OFF));
        assertThat(Files.mismatch(Path.of("../docs/usage-bench.txt"), renewed))
                .as("docs/usage-bench.txt differs from the options: copy bench/target/usage-bench.txt over it")
                .isEqualTo(-1);
    }
}
