package dev.nereid.perf;

import dev.nereid.perf.model.ServerException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nereid perf}: sends requests to a server and says how fast they are answered. */
@Command(
        name = "nereid perf",
        sortOptions = false,
        subcommands = NullCommand.class,
        description =
                "Sends requests to a KServe v2 server, as perf_analyzer does, and says how fast they are answered.")
public final class PerfMain implements Callable<Integer> {
    private static final int OPTION_ERROR = 3;
    private static final int OTHER_ERROR = 99;

    // Read by the parser.
    @SuppressWarnings("UnusedVariable")
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            description = "Print version information and exit.")
    private boolean version;

    @Mixin
    private PerfOptions options = new PerfOptions();

    private final Supplier<Interrupts> interrupts;

    private PerfMain(Supplier<Interrupts> interrupts) {
        this.interrupts = interrupts;
    }

    public static void main(String[] args) {
        System.exit(run(PerfMain::listen, args));
    }

    /** The exit code of a run that nobody interrupts. */
    public static int run(String... args) {
        return run(Interrupts::none, args);
    }

    /** The command and those below it, for their usage. */
    static CommandLine commandLine() {
        return new CommandLine(new PerfMain(Interrupts::none));
    }

    private static int run(Supplier<Interrupts> interrupts, String... args) {
        CommandLine commands = new CommandLine(new PerfMain(interrupts));
        commands.setAbbreviatedOptionsAllowed(true);
        commands.setExitCodeExceptionMapper(_ -> OTHER_ERROR);
        commands.setExecutionExceptionHandler((e, _, _) -> {
            throw e;
        });
        commands.setParameterExceptionHandler((e, _) -> {
            System.err.println("error: " + e.getMessage());
            return OPTION_ERROR;
        });
        return commands.execute(args);
    }

    private static Interrupts listen() {
        Interrupts interrupts = new Interrupts(System.out, () -> System.exit(0));
        interrupts.listen();
        return interrupts;
    }

    /** In perf_analyzer's words, and where it prints them: scripts read them there. */
    private static void printVersion() {
        String own = PerfMain.class.getPackage().getImplementationVersion();
        System.err.println("Perf Analyzer Version " + ReportFiles.VERSION + " (nereid perf"
                + (own == null ? "" : " " + own) + ")");
    }

    @Override
    public Integer call() {
        if (version) {
            printVersion();
            return 0;
        }
        try {
            return new PerfRun(options, System.out, Progress.of(options.report), interrupts.get()).run();
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
