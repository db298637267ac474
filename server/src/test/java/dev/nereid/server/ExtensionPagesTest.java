package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the pages on extensions, by {@link PageCommands}. */
class ExtensionPagesTest {
    private static final Path PAGES = Path.of("../docs/extensions");

    /** The clouds' fronts, whose servers run in containers, and TLS; tests of their own hold what they say. */
    private static final Set<String> HELD_ELSEWHERE = Set.of("sagemaker.md", "vertex-ai.md", "tls.md");

    /** Has nothing to ask a server. */
    private static final Set<String> WITHOUT_COMMANDS = Set.of("repository-agents.md");

    @TempDir
    private Path root;

    static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.list(PAGES)) {
            return files.filter(page -> !HELD_ELSEWHERE.contains(name(page)) && !WITHOUT_COMMANDS.contains(name(page)))
                    .sorted()
                    .toList();
        }
    }

    private static String name(Path page) {
        return String.valueOf(page.getFileName());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void commandsPrintWhatThePageSays(Path page) throws IOException, InterruptedException {
        try (PageCommands commands = new PageCommands(root)) {
            assertThat(commands.run(page).compared())
                    .as("answers that the page shows")
                    .isPositive();
        }
    }
}
