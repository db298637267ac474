package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.nereid.server.config.Front;
import dev.nereid.server.repository.folders.RepositoryRoot;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs a page of the documentation: each block {@code sh} by bash, as in the root of a checkout, and compares all that it
 * prints with the block {@code json} or {@code text} that follows it at once. {@code ...} there stands for anything, and white
 * space is not compared. {@code ./nereid serve} starts a server within the test, by the flags of the page, {@code ./nereid models} and
 * {@code ./nereid traffic} are the commands; grpcurl is
 * {@link Grpcurl}, java is the one that runs the test, python3 is one that has what the scripts import.
 */
final class PageCommands implements AutoCloseable {
    private static final Path CHECKOUT = Path.of("..");
    private static final String EXAMPLES = "models/examples";

    /** Takes seconds to load: there only for pages that load it by name. */
    private static final String LARGE = "minilm";

    private static final Pattern SERVE =
            Pattern.compile("^(\\./nereid serve(?:[^\\n]*\\\\\\n)*[^\\n]*) &$", Pattern.MULTILINE);

    private final Path root;
    private final HttpServer commands;
    private Optional<Server> server = Optional.empty();

    /**
     * Prepares a checkout.
     *
     * @param root an empty folder
     */
    PageCommands(Path root) throws IOException {
        assumeTrue(LauncherTest.succeeds("curl", "--version"), "curl is not installed");
        this.root = root;
        Files.createDirectories(root.resolve(EXAMPLES));
        try (Stream<Path> models = Files.list(CHECKOUT.resolve(EXAMPLES))) {
            for (Path model : models.filter(each -> !each.endsWith(LARGE)).toList()) {
                link(EXAMPLES + "/" + model.getFileName());
            }
        }
        link("docs");
        link("kserve-proto");
        commands = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        commands.createContext("/", this::command);
        commands.start();
        int port = commands.getAddress().getPort();
        String send = "printf '%%s\\0' \"$@\" | curl -sS --data-binary @- http://127.0.0.1:%d/%s";
        script(
                "nereid",
                "[[ \"$1\" != traffic && \"$1\" != models ]] || exec java --add-modules=jdk.incubator.vector -cp \"$TEST_CLASS_PATH\" "
                        + "dev.nereid.server.commands.Main \"$@\"\n" + send.formatted(port, "nereid"));
        script("bin/grpcurl", send.formatted(port, "grpcurl"));
        script(
                "bin/java",
                "exec '%s/bin/java' -Xmx128m -XX:TieredStopAtLevel=1 \"$@\""
                        .formatted(System.getProperty("java.home")));
    }

    private void link(String path) throws IOException {
        Files.createSymbolicLink(root.resolve(path), CHECKOUT.resolve(path).toRealPath());
    }

    /** Writes a command that the blocks find. */
    private void script(String name, String line) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/bash\n" + line + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    /**
     * What came of a page.
     *
     * @param compared how many answers were compared, all of which were as the page says
     * @param skipped why blocks were not run, a sentence each
     */
    record Outcome(int compared, List<String> skipped) {}

    /** Runs the blocks of a page in order. */
    Outcome run(Path page) throws IOException, InterruptedException {
        if (Files.readString(page).contains("--load-model=" + LARGE)) {
            Path model = CHECKOUT.resolve(EXAMPLES).resolve(LARGE).resolve("1/model.onnx");
            if (!Files.exists(model)) {
                return new Outcome(0, List.of("%s: %s is not there; the build fetches it".formatted(page, model)));
            }
            link(EXAMPLES + "/" + LARGE);
        }
        Optional<String> printed = Optional.empty();
        int compared = 0;
        List<String> skipped = new ArrayList<>();
        for (PageBlocks.Block block : PageBlocks.of(page)) {
            if (block.language().equals("sh")) {
                PythonScripts python = PythonScripts.of(block.text(), CHECKOUT);
                if (python.interpreter().isPresent()) {
                    script("bin/python3", "exec " + python.interpreter().get() + " \"$@\"");
                    printed = Optional.of(bash(block.text()));
                } else {
                    skipped.add("%s: no python3 here has all of %s".formatted(page, python.modules()));
                    printed = Optional.empty();
                }
            } else if (block.follows() && printed.isPresent()) {
                assertThat(withoutSpaces(printed.get())).as(printed.get()).matches(pattern(block.text()));
                printed = Optional.empty();
                compared++;
            }
        }
        return new Outcome(compared, skipped);
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
        String script = SERVE.matcher(block).replaceAll("$1");
        Path errors = root.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", ports(script))
                .directory(root.toFile())
                .redirectError(errors.toFile());
        Map<String, String> environment = builder.environment();
        environment.merge("PATH", root.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        environment.put("TEST_CLASS_PATH", System.getProperty("java.class.path"));
        environment.put("PYTHONDONTWRITEBYTECODE", "1");
        Process process = builder.start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(block + printed + Files.readString(errors))
                .isZero();
        return printed;
    }

    /** The block with the ports of the server in place of the usual ones; a block may start it first. */
    private static String ports(String script) {
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
                        .replace("localhost:8002", "127.0.0.1:$(port_" + Front.METRICS + ")")
                        .replace("'server/target/app/lib/*'", "\"$TEST_CLASS_PATH\"");
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
        stopServer();
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

    private void stopServer() {
        server.ifPresent(each -> assertThat(each.stop()).isTrue());
        server = Optional.empty();
    }

    @Override
    public void close() {
        commands.stop(0);
        stopServer();
    }
}
