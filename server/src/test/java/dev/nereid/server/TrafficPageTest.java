package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs docs/traffic.md. */
class TrafficPageTest {
    @Test
    void commandsPrintWhatThePageSays(@TempDir Path root) throws IOException, InterruptedException {
        try (PageCommands commands = new PageCommands(root)) {
            assertThat(commands.run(Path.of("../docs/traffic.md")).compared()).isGreaterThan(5);
        }
    }
}
