package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the pages of docs/examples, by {@link PageCommands}: curl, Java and, where its packages are installed, Python. */
@Tag("found-34")
class ExamplePagesTest {
    private static final Path EXAMPLES = Path.of("../docs/examples");
    private static final int MOST_LINES = 40;

    @TempDir
    private Path root;

    static List<Path> folders() throws IOException {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            return files.filter(Files::isDirectory).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("folders")
    void commandsPrintWhatThePageSays(Path folder) throws IOException, InterruptedException {
        Path page = folder.resolve("README.md");
        try (PageCommands commands = new PageCommands(root)) {
            PageCommands.Outcome outcome = commands.run(page);
            outcome.skipped().forEach(reason -> System.out.println("SKIPPED " + reason));
            assertThat(outcome.compared() + outcome.skipped().size())
                    .as("answers that the page shows")
                    .isPositive();
        }
    }

    /** Also where their packages are missing, so that they cannot be run. */
    @Test
    void programsInPythonAreWellFormed() throws IOException {
        if (!LauncherTest.succeeds("python3", "--version")) {
            System.out.println("SKIPPED no python3 here to read the programs in Python");
            return;
        }
        List<String> command = new ArrayList<>(
                List.of("python3", "-c", "import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]"));
        try (Stream<Path> files = Files.walk(EXAMPLES)) {
            files.map(Path::toString).filter(name -> name.endsWith(".py")).forEach(command::add);
        }
        assertThat(command).hasSizeGreaterThan(3 + 5);
        assertThat(LauncherTest.succeeds(command.toArray(String[]::new))).isTrue();
    }

    @ParameterizedTest
    @MethodSource("folders")
    void pageIsShortAndNamesEachOfItsPrograms(Path folder) throws IOException {
        String page = Files.readString(folder.resolve("README.md"));

        assertThat(page.lines()).hasSizeLessThanOrEqualTo(MOST_LINES);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())).filter(name -> !name.equals("README.md")))
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(page).contains(folder.getFileName() + "/" + name));
        }
    }

    @Test
    void indexNamesEveryExample() throws IOException {
        String index = Files.readString(EXAMPLES.resolve("README.md"));

        assertThat(folders()).allSatisfy(folder -> assertThat(index).contains("](" + folder.getFileName() + ")"));
    }
}
