package dev.nereid.bench.perf;

import dev.nereid.bench.perf.model.ServerException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code nereid perf}: sends requests to a server and says how fast they are answered. */
@Command(
        name = "nereid perf",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        subcommands = NullCommand.class,
        description =
                "Sends requests to a KServe v2 server, as perf_analyzer does, and says how fast they are answered.")
public final class PerfMain implements Callable<Integer> {
    private static final int OPTION_ERROR = 3;
    private static final int OTHER_ERROR = 99;

    @Mixin
    private PerfOptions options = new PerfOptions();

    public static void main(String[] args) {
        CommandLine commands = new CommandLine(new PerfMain());
        commands.setAbbreviatedOptionsAllowed(true);
        commands.setExitCodeExceptionMapper(_ -> OTHER_ERROR);
        commands.setExecutionExceptionHandler((e, _, _) -> {
            throw e;
        });
        commands.setParameterExceptionHandler((e, _) -> {
            System.err.println("error: " + e.getMessage());
            return OPTION_ERROR;
        });
        System.exit(commands.execute(args));
    }

    @Override
    public Integer call() {
        try {
            return new PerfRun(options, System.out).run();
        } catch (IllegalArgumentException e) {
            System.err.println("error: " + e.getMessage());
            return OPTION_ERROR;
        } catch (ServerException | UncheckedIOException e) {
            System.err.println("error: " + e.getMessage());
            return OTHER_ERROR;
        } catch (IOException e) {
            System.err.println("error: " + e);
            return OTHER_ERROR;
        }
    }
}
