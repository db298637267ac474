package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServeFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/coming-from-triton.md says of backends and flags. */
@Tag("found-34")
class ComingFromTritonPageTest {
    private static final Path DOCS = Path.of("../docs");
    /** Those whose models are served as they are. */
    private static final Set<String> SERVED = Set.of("onnxruntime", "pytorch", "fil", "tensorflow");

    @TempDir
    private Path repository;

    private static String page() throws IOException {
        return Files.readString(DOCS.resolve("coming-from-triton.md"));
    }

    /** The names in the first cells of the table of backends. */
    private static List<String> backends() throws IOException {
        List<String> names = new ArrayList<>();
        String text = page();
        text.substring(text.indexOf("| backend |"), text.indexOf("Each of these"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .forEach(line -> Pattern.compile("`(\\w+)`")
                        .matcher(line.substring(0, line.indexOf('|', 2)))
                        .results()
                        .forEach(match -> names.add(match.group(1))));
        return names;
    }

    @Test
    void backendsToReplaceFailToLoadWithASentenceAndNoOthers() throws IOException {
        assertThat(backends())
                .containsAll(SERVED)
                .contains("tensorrt", "python")
                .hasSizeGreaterThan(8);
        try (RunningServers servers = new RunningServers(repository)) {
            servers.writeSimple("");
            for (String backend : backends()) {
                servers.write("model_of_" + backend, "backend: \"" + backend + "\"");
            }
            Server server = Server.start(
                    RunningServers.plainConfig(repository, "--model-control-mode=explicit", "--load-model=simple"));
            try {
                assertThat(server.startup().join()).isEmpty();
                for (String backend : backends()) {
                    String answer = exchange(
                                    server, Front.HTTP, "/v2/repository/models/model_of_" + backend + "/load", "{}")
                            .body();
                    if (SERVED.contains(backend)) {
                        assertThat(answer).doesNotContain("no backend");
                    } else {
                        assertThat(answer).contains("Nereid has no backend '" + backend + "'");
                    }
                }
            } finally {
                assertThat(server.stop()).isTrue();
            }
        }
    }

    @Test
    void flagsOfItsCommandsAreFlagsOfTheServer() throws IOException {
        List<String> commands = page().lines()
                .filter(line -> line.startsWith("./tritonserver "))
                .toList();

        assertThat(commands)
                .isNotEmpty()
                .allSatisfy(command -> new FlagParser(ServeFlags.all())
                        .parse(Arrays.stream(command.split(" ")).skip(1).toList()));
    }

    @Test
    void linksOfThePagesForNewcomersLeadSomewhere() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(
                DOCS.resolve("coming-from-triton.md"),
                DOCS.resolve("troubleshooting.md"),
                DOCS.resolve("monitoring.md"),
                DOCS.resolve("examples/README.md")));
        ExamplePagesTest.folders().forEach(folder -> pages.add(folder.resolve("README.md")));
        for (Path page : pages) {
            assertThat(Pattern.compile("\\]\\(([^)#]+)(?:#[\\w-]+)?\\)")
                            .matcher(Files.readString(page))
                            .results()
                            .map(match -> match.group(1)))
                    .as(page.toString())
                    .isNotEmpty()
                    .allSatisfy(link ->
                            assertThat(page.resolveSibling(link).normalize()).exists());
        }
    }
}
