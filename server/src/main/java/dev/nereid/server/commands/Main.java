package dev.nereid.server.commands;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.config.StartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** The entry point: the first argument names the command, the others are its own. */
public final class Main {
    private static final Map<String, ToIntFunction<List<String>>> COMMANDS = Map.of(
            "serve", ServeCommand::run,
            "inspect", InspectCommand::run,
            "check", CheckCommand::run,
            "models", ModelsCommand::run,
            "traffic", TrafficCommand::run,
            "conformance", ConformanceCommand::run,
            "batch", BatchCommand::run,
            "torchserve", TorchServeCommand::run,
            "tensorflow_model_server", ModelServerCommand::run,
            "version", Main::version);

    private Main() {}

    public static void main(String[] arguments) {
        // Before the first HTTP client of the JDK is made: with --single-port one passes on what requests call the
        // server.
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        System.exit(run(List.of(arguments)));
    }

    /** Runs a command to its end and answers the exit code: 1 after one sentence on standard error. */
    static int run(List<String> arguments) {
        String name = arguments.isEmpty() ? "serve" : arguments.getFirst();
        ToIntFunction<List<String>> command = COMMANDS.get(name);
        try {
            if (command == null) {
                throw new CommandLineException("unknown command '" + name
                        + "': expected serve, inspect, check, models, traffic, batch, conformance, perf, bench or version"
                        + (Files.exists(Path.of(name)) ? "; to serve it: nereid serve " + name : ""));
            }
            if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
                throw new CommandLineException(
                        "the Vector API is missing: start Java with --add-modules=jdk.incubator.vector");
            }
            return command.applyAsInt(arguments.subList(Math.min(1, arguments.size()), arguments.size()));
        } catch (CommandLineException | StartException e) {
            System.err.println("nereid: " + e.getMessage());
            return 1;
        } catch (RuntimeException e) { // threads that would keep the process alive may run already
            e.printStackTrace();
            return 1;
        }
    }

    private static int version(List<String> arguments) {
        String version = Main.class.getPackage().getImplementationVersion();
        System.out.println("nereid " + (version == null ? "(built from source)" : version));
        return 0;
    }
}
