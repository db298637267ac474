package dev.nereid.server.commands;

import dev.nereid.server.Server;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import dev.nereid.server.config.BackendFlags;
import dev.nereid.server.config.MetricsFlags;
import dev.nereid.server.config.OverriddenFlags;
import dev.nereid.server.config.RepositoryFlags;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.ServerConfigReader;
import dev.nereid.server.config.StartException;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.Logging;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.repository.IndexEntry;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code nereid serve}: starts the server and stops it when the process is asked to end. */
final class ServeCommand {
    /** How the launcher was called; under Triton's name the usage goes where Triton's does. */
    private static final String SYNOPSIS =
            System.getProperty("nereid.synopsis", "nereid serve [options] [FILE.onnx or folder ...]");

    private ServeCommand() {}

    static int run(List<String> arguments) {
        FlagParser parser = new FlagParser(ServeFlags.all());
        // As in Triton, no argument but flags is allowed where the server is called as Triton's.
        ParsedFlags flags = isTriton() ? parser.parse(arguments) : parser.parseWithOperands(arguments);
        if (flags.has("help")) {
            return usage();
        }
        flags.deprecations().forEach(System.err::println);
        OverriddenFlags.warnings(flags).forEach(System.err::println);
        startLogging(flags);
        launcher().ifPresent(ProcessName::set);
        Logger log = LoggerFactory.getLogger(ServeCommand.class);
        flags.warnings().forEach(log::warn);
        ServerConfig config = ServerConfigReader.read(flags, roots(flags, log));
        BackendFlags.warnings(config.repository().backendConfig()).forEach(log::warn);
        MetricsFlags.warnings(flags).forEach(log::warn);
        ShutdownHook stop = ShutdownHook.install(config.exitTimeout());
        try {
            serve(config, stop);
        } catch (RuntimeException e) {
            stop.abandon();
            throw e;
        }
        waitForTheEnd();
        return 0;
    }

    private static void startLogging(ParsedFlags flags) {
        try {
            Logging.start(ServerConfigReader.log(flags));
        } catch (IllegalArgumentException e) {
            throw CommandLineException.badOption("log-file", String.valueOf(e.getMessage()));
        }
    }

    /** What the launcher was called as; empty where there was none. */
    private static Optional<String> launcher() {
        return Optional.ofNullable(System.getProperty("nereid.synopsis")).map(text -> text.split(" ", 2)[0]);
    }

    /** Returns when every start-up model has been tried. */
    private static void serve(ServerConfig config, ShutdownHook stop) {
        Server server = Server.start(config);
        stop.started(server);
        List<String> failures = server.startup().join();
        report(server);
        if (!failures.isEmpty() && config.exitOnError()) {
            stop.abandon();
            server.stop();
            throw new StartException(
                    "error: creating server: Internal - failed to load all models (--exit-on-error=false serves the others): "
                            + failures.getFirst().lines().findFirst().orElse(""));
        }
        try {
            server.openVertexAi();
        } catch (RuntimeException e) {
            stop.abandon();
            server.stop();
            throw e;
        }
    }

    /** Whether the launcher was called under the name of Triton's server. */
    private static boolean isTriton() {
        return SYNOPSIS.startsWith("tritonserver");
    }

    private static int usage() {
        boolean asTriton = isTriton();
        (asTriton ? System.err : System.out).print(Usage.of(SYNOPSIS, ServeFlags.all()));
        return asTriton ? 1 : 0;
    }

    /**
     * The repositories that were named, by flags, arguments or Vertex AI, or the example repository of a source checkout.
     *
     * @throws StartException if there is none of these
     */
    static List<RepositoryRoot> roots(ParsedFlags flags, Logger log) {
        List<RepositoryRoot> roots = RepositoryFlags.roots(flags, System.getenv());
        Optional<Path> examples = Optional.ofNullable(System.getProperty("nereid.home"))
                .map(home -> Path.of(home, "models", "examples"))
                .filter(Files::isDirectory);
        if (roots.isEmpty() && examples.isPresent()) {
            log.info("no --model-repository given: serving the examples in {}", examples.get());
            return List.of(new RepositoryRoot.Local(examples.get()));
        }
        if (roots.isEmpty()) {
            throw new StartException(
                    "error: creating server: Invalid argument - --model-repository must be specified: nereid "
                            + "serve --model-repository=<folder with models>, or nereid serve FILE.onnx");
        }
        return roots;
    }

    /** Tells people what is served and how to call it; in log lines where all that is written is to be JSON. */
    private static void report(Server server) {
        Logger log = LoggerFactory.getLogger(ServeCommand.class);
        Consumer<String> out = server.config().log().format() == LogConfig.Format.JSON
                ? text -> log.info("{}", text.strip())
                : System.out::println;
        List<IndexEntry> index = server.repository().index(false);
        if (!index.isEmpty()) {
            ModelTable.lines(index).forEach(out);
        } else if (server.repository().isLive()) {
            server.repository().emptyText().ifPresent(out);
        }
        HttpConfig http = server.config().http();
        server.httpHost()
                .filter(_ -> http.tls().isEmpty() && server.config().access().isNone())
                .filter(_ -> !http.keys().keys().containsKey(ApiGroup.INFERENCE))
                .flatMap(host -> CurlExample.of(server.repository().addressableModels(), host, http.dialect()))
                .ifPresent(command -> out.accept("\nTry:\n  " + command));
    }

    /** Blocks until the process ends. */
    static void waitForTheEnd() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
