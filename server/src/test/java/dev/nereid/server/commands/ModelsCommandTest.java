package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.RunningServers;
import dev.nereid.server.Server;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.config.Front;
import dev.nereid.server.tls.SelfSigned;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command against a server with TLS that wants a key. */
@Timeout(120)
class ModelsCommandTest {
    private static final String CONFIG = """
            backend: "identity" max_batch_size: 8
            input [{ name: "INPUT0" data_type: TYPE_INT32 dims: [ -1 ] }]
            output [{ name: "OUTPUT0" data_type: TYPE_INT32 dims: [ -1 ] }]
            """;

    @TempDir
    private static Path folder;

    private static Server server;
    private static Path key;
    private static SelfSigned certificate;

    @BeforeAll
    static void start() throws Exception {
        for (String name : List.of("a", "b")) {
            Files.createDirectories(folder.resolve("models").resolve(name).resolve("1"));
            Files.writeString(folder.resolve("models").resolve(name).resolve("config.pbtxt"), CONFIG);
        }
        key = Files.writeString(folder.resolve("key"), "secret\n");
        String digest = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest("secret".getBytes(StandardCharsets.UTF_8)));
        Path keys = Files.writeString(
                folder.resolve("keys.yaml"), "keys:\n- {id: admin, sha256: " + digest + ", groups: [admins]}\n");
        Path policy = Files.writeString(
                folder.resolve("policy.yaml"),
                "rules:\n- {groups: [admins], models: [\"*\"], apis: [health, model-repository]}\n");
        certificate = SelfSigned.make(folder, "own", "localhost");
        server = Server.start(RunningServers.plainConfig(
                folder.resolve("models"),
                "--model-control-mode=explicit",
                "--load-model=a",
                "--api-keys=" + keys,
                "--access-policy=" + policy,
                "--tls-cert=" + certificate.certificate(),
                "--tls-key=" + certificate.key()));
        assertThat(server.startup().join()).isEmpty();
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    private static String address() {
        return "localhost:" + RunningServers.port(server, Front.HTTP);
    }

    private static String run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of(
                "--address=https://" + address(), "--tls-ca=" + certificate.certificate(), "--key-file=" + key));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ModelsCommand.run(all, new PrintStream(out, true, StandardCharsets.UTF_8)))
                .isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void listsLoadsAndUnloads() throws IOException {
        assertThat(run("list")).isEqualTo("""
                Model  Version  State
                a      1        READY
                b               not loaded
                """);
        assertThat(run("load", "b")).isEqualTo("""
                Model  Version  State
                b      1        READY
                """);
        assertThat(run("list", "--ready", "--format=json")).contains("\"a\"", "\"b\"", "READY");
        Path config = Files.writeString(
                folder.resolve("config.json"), "{\"backend\": \"identity\", \"max_batch_size\": \"many\"}");
        assertThatThrownBy(() -> run("load", "b", "--config=" + config))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("answered 500")
                .hasMessageContaining("Not an int32 value");
        assertThat(run("unload", "b", "--unload-dependents")).matches("Model  Version  State\nb      1        UN.*\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "start|expected list, load or unload, got 'start'",
                "list a|expected no model with list, got 1",
                "load|expected one model with load, got 0",
                "load a b|expected one model with load, got 2",
                "unload a --ready|it goes with list, not with unload",
                "list --config=x|it goes with load, not with list",
                "load a --unload-dependents|it goes with unload, not with load",
                "load a --config=/nowhere/at-all|cannot read /nowhere/at-all",
                "list --format=yaml|Expected text or json. Got yaml",
                "load absent|failed to load 'absent'"
            })
    void saysWhatIsWrong(String arguments, String sentence) {
        assertThatThrownBy(() -> run(arguments.split(" ")))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining(sentence);
    }

    @Test
    void saysThatTheServerRefusesWhoHasNoKeyAndThatItsCertificateIsUnknown() {
        PrintStream out = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        String https = "--address=https://" + address();
        assertThatThrownBy(
                        () -> ModelsCommand.run(List.of("list", https, "--tls-ca=" + certificate.certificate()), out))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("answered 401");
        assertThatThrownBy(() -> ModelsCommand.run(List.of("list", https), out))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("certificat");
        assertThatThrownBy(() -> ModelsCommand.run(List.of("list", https, "--key-file=/nowhere/at-all"), out))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("cannot read /nowhere/at-all");
    }

    @Test
    void theLaunchersHelpIsThatOfTheCommand() throws IOException {
        Path renewed = Files.writeString(Path.of("target/usage-models.txt"), ModelsCommand.usage());
        assertThat(Path.of("../docs/usage-models.txt"))
                .as("docs/usage-models.txt differs: copy server/target/usage-models.txt over it")
                .hasSameTextualContentAs(renewed);
    }
}
