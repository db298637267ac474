package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.nereid.server.repository.RepositoryRoot;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the pages on extensions: each block {@code sh} by bash, as in the root of a checkout, and compares all that it prints
 * with the block {@code json} or {@code text} that follows it at once. {@code ...} there stands for anything, and white space is
 * not compared. {@code ./nereid serve} starts a server within the test, by the flags of the page; grpcurl is {@link Grpcurl}.
 */
class ExtensionPagesTest {
    private static final Path PAGES = Path.of("../docs/extensions");
    private static final Path EXAMPLES = Path.of("../models/examples");

    /** The clouds' fronts, whose servers run in containers, and TLS; tests of their own hold what they say. */
    private static final Set<String> HELD_ELSEWHERE = Set.of("sagemaker.md", "vertex-ai.md", "tls.md");

    /** Has nothing to ask a server. */
    private static final Set<String> WITHOUT_COMMANDS = Set.of("repository-agents.md");

    /** Takes seconds to load, and no page asks it. */
    private static final String LARGE = "minilm";

    @TempDir
    private Path root;

    private Optional<Server> server = Optional.empty();
    private HttpServer commands;

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

    @BeforeEach
    void prepareCheckout() throws IOException {
        assumeTrue(LauncherTest.succeeds("curl", "--version"), "curl is not installed");
        Path examples = Files.createDirectories(root.resolve("models/examples"));
        try (Stream<Path> models = Files.list(EXAMPLES)) {
            for (Path model : models.filter(each -> !each.endsWith(LARGE)).toList()) {
                Files.createSymbolicLink(examples.resolve(model.getFileName()), model.toRealPath());
            }
        }
        commands = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        commands.createContext("/", this::command);
        commands.start();
        script("nereid");
        script("bin/grpcurl");
    }

    /** Writes a command that has this test do what it is for. */
    private void script(String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, """
                #!/bin/bash
                printf '%%s\\0' "$@" | curl -sS --data-binary @- http://127.0.0.1:%d/%s
                """.formatted(commands.getAddress().getPort(), file.getFileName()));
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    @AfterEach
    void stop() {
        commands.stop(0);
        server.ifPresent(each -> assertThat(each.stop()).isTrue());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void commandsPrintWhatThePageSays(Path page) throws IOException, InterruptedException {
        Optional<String> printed = Optional.empty();
        int compared = 0;
        for (PageBlocks.Block block : PageBlocks.of(page)) {
            if (block.language().equals("sh")) {
                printed = Optional.of(bash(block.text()));
            } else if (block.follows() && printed.isPresent()) {
                assertThat(withoutSpaces(printed.get())).as(printed.get()).matches(pattern(block.text()));
                printed = Optional.empty();
                compared++;
            }
        }
        assertThat(compared).as("answers that the page shows").isPositive();
    }

    private static String withoutSpaces(String text) {
        return text.replaceAll("\\s+", "");
    }

    private static Pattern pattern(String expected) {
        return Pattern.compile(Arrays.stream(withoutSpaces(expected).split(Pattern.quote("..."), -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*")));
    }

    /** Runs a block. Servers start before the commands behind them, so that nothing need wait. */
    private String bash(String block) throws IOException, InterruptedException {
        String script = Pattern.compile("^(\\./nereid serve(?:[^\\n]*\\\\\\n)*[^\\n]*) &$", Pattern.MULTILINE)
                .matcher(block)
                .replaceAll("$1");
        Path errors = root.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", ports(script))
                .directory(root.toFile())
                .redirectError(errors.toFile());
        Map<String, String> environment = builder.environment();
        environment.merge("PATH", root.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        Process process = builder.start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(block + printed + Files.readString(errors))
                .isZero();
        return printed;
    }

    /** The block with the ports of the server in place of the usual ones; a block may start it first. */
    private String ports(String script) {
        StringBuilder text = new StringBuilder();
        for (Front front : List.of(Front.HTTP, Front.GRPC, Front.METRICS)) {
            text.append("port_")
                    .append(front)
                    .append("() { cat ports/")
                    .append(front)
                    .append("; }\n");
        }
        return text
                + script.replace("localhost:8000", "127.0.0.1:$(port_" + Front.HTTP + ")")
                        .replace("localhost:8001", "127.0.0.1:$(port_" + Front.GRPC + ")")
                        .replace("localhost:8002", "127.0.0.1:$(port_" + Front.METRICS + ")");
    }

    private void command(HttpExchange exchange) throws IOException {
        List<String> arguments =
                List.of(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split("\0"));
        String printed;
        try {
            printed = exchange.getRequestURI().getPath().equals("/nereid") ? serve(arguments) : grpcurl(arguments);
        } catch (RuntimeException | AssertionError e) {
            printed = "FAILED: " + e;
        }
        byte[] bytes = printed.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private String serve(List<String> arguments) throws IOException {
        assertThat(arguments).first().isEqualTo("serve");
        String repository = "--model-repository=";
        List<RepositoryRoot> roots = arguments.stream()
                .filter(argument -> argument.startsWith(repository))
                .<RepositoryRoot>map(
                        argument -> new RepositoryRoot.Local(root.resolve(argument.substring(repository.length()))))
                .toList();
        String[] flags = arguments.stream()
                .skip(1)
                .filter(argument -> !argument.startsWith(repository))
                .toArray(String[]::new);
        server.ifPresent(each -> assertThat(each.stop()).isTrue());
        Server started = Server.start(RunningServers.plainConfig(roots, flags));
        server = Optional.of(started);
        assertThat(started.startup().join()).isEmpty();
        Files.createDirectories(root.resolve("ports"));
        for (Front front : List.of(Front.HTTP, Front.GRPC, Front.METRICS)) {
            String port = started.port(front).map(String::valueOf).orElse("");
            Files.writeString(root.resolve("ports/" + front), port);
        }
        return "";
    }

    private String grpcurl(List<String> arguments) {
        ManagedChannel channel = RunningServers.channel(server.orElseThrow());
        try {
            return Grpcurl.run(arguments, channel);
        } finally {
            channel.shutdownNow();
        }
    }
}
