package dev.nereid.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.commands.OfflineFlags;
import dev.nereid.server.config.ServeFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class UsageTest {
    @Test
    void listsFlagsByGroup() {
        String usage = Usage.of("nereid serve [options]", ServeFlags.all());

        assertThat(usage).startsWith("Usage: nereid serve [options]\n\nServer:\n  --help\n");
        assertThat(usage).contains("  --http-port=<n>\n        Port; 0 takes a free one. Default: 8000.\n");
        assertThat(usage.lines()).allMatch(line -> line.length() <= 100);
    }

    /** The launcher prints the file without a JVM. */
    @Test
    void committedFileIsTheText() throws IOException {
        String text = Usage.flags(ServeFlags.all());
        Path file = Path.of("../docs/usage.txt");
        Path renewed = Path.of("target/usage.txt");
        Files.writeString(renewed, text);

        assertThat(Files.mismatch(file, renewed))
                .as("docs/usage.txt differs from the flags: copy server/target/usage.txt over it")
                .isEqualTo(-1);
    }

    /** As the other file. */
    @Test
    @Tag("found-28")
    void committedFileOfConformanceIsTheText() throws IOException {
        String text = Usage.of("nereid conformance [options] DIR-or-ZIP", OfflineFlags.conformance());
        Path renewed = Files.writeString(Path.of("target/usage-conformance.txt"), text);

        assertThat(Files.mismatch(Path.of("../docs/usage-conformance.txt"), renewed))
                .as(
                        "docs/usage-conformance.txt differs from the flags: copy server/target/usage-conformance.txt over it")
                .isEqualTo(-1);
    }
}
