package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs docs/security.md. */
class SecurityPageTest {
    @Test
    void commandsPrintWhatThePageSays(@TempDir Path root) throws IOException, InterruptedException {
        assumeTrue(LauncherTest.succeeds("openssl", "version"), "openssl is not installed");
        try (PageCommands commands = new PageCommands(root)) {
            assertThat(commands.run(Path.of("../docs/security.md")).compared()).isEqualTo(5);
        }
    }
}
