package dev.nereid.server.commands;

import dev.nereid.files.TemporaryFolder;
import dev.nereid.server.Server;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.ServerConfigReader;
import dev.nereid.server.config.StartException;
import dev.nereid.server.observe.Logging;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.RepositoryRoot;
import dev.nereid.server.torchserve.PropertiesFile;
import dev.nereid.server.torchserve.RegisteredModels;
import dev.nereid.server.torchserve.TorchServeProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code torchserve}: starts a server for TorchServe's clients, with TorchServe's flags and properties, or stops the one that
 * runs. The launcher decides whether it runs in the background.
 */
final class TorchServeCommand {
    private static final long STOP_SECONDS = 60;
    private static final String VERSION = "0.12.0";

    private TorchServeCommand() {}

    static int run(List<String> arguments) {
        ParsedFlags flags = new FlagParser(TorchServeFlags.all())
                .parseWithOperands(
                        arguments.stream().map(TorchServeCommand::spelled).toList());
        if (!flags.operands().isEmpty() && !flags.has("models")) {
            throw new CommandLineException(
                    "Unexpected argument: " + flags.operands().getFirst());
        }
        if (flags.has("help")) {
            System.out.print(Usage.of(TorchServeFlags.SYNOPSIS, TorchServeFlags.all()));
            return 0;
        }
        if (flags.has("version")) {
            System.out.println("TorchServe Version is " + VERSION);
            return 0;
        }
        try {
            return flags.has("stop") ? stop(PidFile.ofSystem()) : start(flags, PidFile.ofSystem());
        } catch (InferException e) {
            throw new StartException(e.text(), e);
        } catch (IOException e) {
            throw new StartException("torchserve: " + e.getMessage(), e);
        }
    }

    private static String spelled(String argument) {
        return switch (argument) {
            case "-v" -> "--version";
            case "-h" -> "--help";
            default -> argument;
        };
    }

    private static int stop(PidFile file) throws IOException {
        Optional<ProcessHandle> running = file.running();
        if (running.isEmpty()) {
            System.out.println("TorchServe is not currently running.");
            return 0;
        }
        boolean ended = file.stop(running.get(), STOP_SECONDS);
        System.out.println(ended ? "TorchServe has stopped." : "Stopping TorchServe took too long.");
        return 0;
    }

    private static int start(ParsedFlags flags, PidFile file) throws IOException {
        if (file.running().isPresent()) {
            System.out.println("TorchServe is already running, please use torchserve --stop to stop TorchServe.");
            return 1;
        }
        Path home = Path.of("").toAbsolutePath();
        boolean snapshots = !flags.has("ncs") && !flags.has("no-config-snapshots");
        Optional<Path> found = PropertiesFile.find(flags.text("ts-config"), System.getenv(), home, snapshots);
        TorchServeProperties properties = new TorchServeProperties(
                found.map(PropertiesFile::read).orElse(Map.of()), TorchServeFlags.properties(flags), System.getenv());
        List<String> engine = new ArrayList<>(properties.engineFlags());
        engine.add("--model-control-mode=explicit");
        engine.add("--drain-delay-secs=" + flags.integer("drain-delay-secs", 0));
        ParsedFlags ofServer = new FlagParser(ServeFlags.all()).parse(engine);
        Logging.start(ServerConfigReader.log(ofServer));
        ProcessName.set("torchserve");
        Logger log = LoggerFactory.getLogger(TorchServeCommand.class);
        flags.warnings().forEach(warning -> log.warn(warning.replace("Triton's", "TorchServe's")));
        found.ifPresent(path -> log.info("properties: {}", path));
        properties.warnings().forEach(log::warn);
        if (properties.isSnapshot()) {
            log.info("the models are those of the snapshot, whatever --models says; --ncs begins without it");
        }
        TemporaryFolder workspace = TemporaryFolder.create("torchserve");
        try {
            Path models = Files.createDirectories(RegisteredModels.folder(workspace.path()));
            ServerConfig config = ServerConfigReader.read(ofServer, List.of(new RepositoryRoot.Local(models)), Map.of())
                    .withTorchServe(properties.config(workspace.path(), home, snapshots));
            serve(config, file, () -> end(workspace, file, log));
        } catch (IOException | RuntimeException e) {
            end(workspace, file, log);
            throw e;
        }
        log.info("Model server started.");
        waitForTheEnd();
        return 0;
    }

    /** Returns when the fronts listen; models may still load. */
    private static void serve(ServerConfig config, PidFile file, Runnable afterwards) throws IOException {
        ShutdownHook stop = ShutdownHook.install(config.exitTimeout());
        stop.afterwards(afterwards);
        try {
            file.write();
            stop.started(Server.start(config));
        } catch (IOException | RuntimeException e) {
            stop.abandon();
            throw e;
        }
    }

    private static void end(TemporaryFolder workspace, PidFile file, Logger log) {
        try (workspace) {
            file.delete();
        } catch (IOException e) {
            log.warn("files of the server could not be deleted", e);
        }
    }

    private static void waitForTheEnd() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
