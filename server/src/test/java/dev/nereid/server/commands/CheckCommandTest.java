package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.config.StartException;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.Logging;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class CheckCommandTest {
    private static final String GOOD = """
            backend: "identity" max_batch_size: 8
            input [{ name: "INPUT0" data_type: TYPE_INT32 dims: [ -1 ] }]
            output [{ name: "OUTPUT0" data_type: TYPE_INT32 dims: [ -1 ] }]
            """;
    private static final String WITHOUT_EFFECT = "optimization { priority: PRIORITY_MAX }\n";

    /** What a run printed, and its exit code. */
    private record Outcome(int code, String text) {}

    @TempDir
    private Path repository;

    @AfterEach
    void logAsBefore() {
        Logging.start(LogConfig.DEFAULT);
    }

    private void write(String model, String config) throws IOException {
        Files.createDirectories(repository.resolve(model).resolve("1"));
        Files.writeString(repository.resolve(model).resolve("config.pbtxt"), config);
    }

    private Outcome run(String... more) {
        List<String> arguments = new ArrayList<>(List.of(repository.toString()));
        arguments.addAll(List.of(more));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int code = CheckCommand.run(arguments, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return new Outcome(code, bytes.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aRepositoryWhoseModelsCanAllBeServedEndsWithZero() throws IOException {
        write("a", GOOD);
        write("longer", GOOD);
        assertThat(run("--fail-on-warnings")).isEqualTo(new Outcome(0, """
                        a       can be served
                        longer  can be served
                        models: 2, refused: 0, warnings: 0
                        """));
    }

    @Test
    void whatCannotBeServedAndWhatHasNoEffectIsNamedWithTheModel() throws IOException {
        write("bad", GOOD.replace("max_batch_size", "max_batch"));
        write("good", GOOD);
        write("pipeline", """
                platform: "ensemble" max_batch_size: 8
                input [{ name: "INPUT0" data_type: TYPE_INT32 dims: [ -1 ] }]
                output [{ name: "OUTPUT0" data_type: TYPE_INT32 dims: [ -1 ] }]
                ensemble_scheduling { step [{ model_name: "absent" model_version: -1
                  input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "OUTPUT0" } }] }
                """);
        write("warned", GOOD + WITHOUT_EFFECT);
        Outcome outcome = run();
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.text().lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("bad       cannot be served"),
                        line -> assertThat(line).startsWith("  error: ").contains("did you mean max_batch_size?"),
                        line -> assertThat(line).isEqualTo("good      can be served"),
                        line -> assertThat(line).isEqualTo("pipeline  cannot be served"),
                        line -> assertThat(line).startsWith("  error: ").contains("not available", ": absent"),
                        line -> assertThat(line).isEqualTo("warned    can be served"),
                        line -> assertThat(line)
                                .startsWith("  warning: ")
                                .contains("'optimization.priority' has no effect"),
                        line -> assertThat(line).isEqualTo("models: 4, refused: 2, warnings: 1"));
    }

    @Test
    void warningsFailTheCheckWhereTheyAreToDoSo() throws IOException {
        write("warned", GOOD + WITHOUT_EFFECT);
        assertThat(run().code()).isZero();
        assertThat(run("--fail-on-warnings").code()).isEqualTo(2);
    }

    @Test
    void theReportIsJsonWhereThatIsAskedFor() throws IOException {
        write("bad", GOOD.replace("8", "-1"));
        write("good", GOOD);
        JsonNode report = new ObjectMapper().readTree(run("--format=json").text());
        assertThat(report.at("/models/0/served").asBoolean(true)).isFalse();
        assertThat(report.at("/models/0/errors/0").asText()).contains("non-negative");
        assertThat(report.at("/models/1").toString())
                .isEqualTo("{\"name\":\"good\",\"served\":true,\"errors\":[],\"warnings\":[]}");
        assertThat(report.at("/warnings")).isEmpty();
    }

    @Test
    void theFlagsOfTheServerHoldForTheCheck() throws IOException {
        write("m", GOOD.replace("8", "${BATCH}"));
        assertThat(run("--config-variables=off").text()).contains("cannot be served");
        assertThat(run("--config-variables=local").text()).contains("BATCH");
    }

    @Test
    void saysWhatIsWrongWithItsArguments() {
        assertThatThrownBy(this::run).isInstanceOf(CommandLineException.class);
        assertThatThrownBy(() -> run("--format=yaml"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("Expected text or json. Got yaml");
        Path file = repository.resolve("nowhere");
        assertThatThrownBy(() -> CheckCommand.run(List.of("--model-repository=" + file), System.out))
                .isInstanceOfAny(StartException.class, CommandLineException.class)
                .hasMessageContaining("nowhere");
    }

    @Test
    void theLaunchersHelpIsThatOfTheCommand() throws IOException {
        Path renewed = Files.writeString(Path.of("target/usage-check.txt"), CheckCommand.usage());
        assertThat(Path.of("../docs/usage-check.txt"))
                .as("docs/usage-check.txt differs: copy server/target/usage-check.txt over it")
                .hasSameTextualContentAs(renewed);
    }
}
