package dev.nereid.bench;

import dev.nereid.bench.cores.CoresCommand;
import dev.nereid.bench.engine.EngineBenchmark;
import dev.nereid.bench.engine.EngineBenchmark.Effort;
import dev.nereid.bench.engine.MemoryChoice;
import dev.nereid.bench.engine.StepsCommand;
import dev.nereid.bench.engine.TableFormat;
import dev.nereid.bench.kernels.KernelsCommand;
import dev.nereid.bench.questions.JmhCommand;
import dev.nereid.bench.reference.ReferenceServerCommand;
import dev.nereid.bench.schedule.ScheduleCommand;
import dev.nereid.bench.startup.StartupCommand;
import dev.nereid.bench.text.TextCommand;
import dev.nereid.bench.wire.WireCommand;
import dev.nereid.models.ModelFormatException;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nereid bench}: our engine beside ONNX Runtime, on the same inputs, in turns. */
@Command(
        name = "nereid bench",
        mixinStandardHelpOptions = true,
        subcommands = {
            KernelsCommand.class,
            JmhCommand.class,
            ReferenceServerCommand.class,
            StartupCommand.class,
            ScheduleCommand.class,
            WireCommand.class,
            CoresCommand.class,
            TextCommand.class,
            StepsCommand.class
        },
        description = "Measures our engine beside ONNX Runtime. Data goes to stdout, progress to stderr.")
public final class BenchMain implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 2;

    /** What may go wrong without a fault of this program; the message says what. */
    private static final List<Class<? extends Exception>> EXPECTED =
            List.of(IOException.class, UncheckedIOException.class, ModelFormatException.class, InferException.class);

    @Option(names = "--threads", defaultValue = "1", description = "Threads of both engines (default 1).")
    private int threads = 1;

    @Option(names = "--memory", defaultValue = "usual", description = MemoryChoice.DESCRIPTION)
    private MemoryChoice memory = MemoryChoice.USUAL;

    @Option(names = "--format", defaultValue = "text", description = "text, csv or markdown (default text).")
    private TableFormat format = TableFormat.TEXT;

    @Option(names = "--quick", description = "Two short processes a case instead of five.")
    private boolean quick;

    @Option(names = "--forks", description = "Processes a case (default 5; 2 if --quick).")
    private Optional<Integer> forks = Optional.empty();

    @Option(
            names = "--seconds",
            description = "Seconds that a process measures, and warms up for (default 3; 0.5 if --quick).")
    private Optional<Double> seconds = Optional.empty();

    @Parameters(
            paramLabel = "FILE",
            arity = "0..*",
            description = "Model files, known models, or their cases as MODEL/CASE; default: all known models.")
    private List<String> files = List.of();

    public static void main(String[] args) {
        CommandLine commands = new CommandLine(new BenchMain());
        commands.setCaseInsensitiveEnumValuesAllowed(true);
        // JMH reads its options itself.
        Objects.requireNonNull(commands.getSubcommands().get("jmh")).setUnmatchedOptionsArePositionalParams(true);
        commands.setExecutionExceptionHandler((thrown, line, _) -> {
            Throwable e =
                    thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
            if (e instanceof IllegalArgumentException) {
                line.getErr().println("error: " + e.getMessage());
                return BAD_ARGUMENTS;
            }
            if (EXPECTED.stream().anyMatch(type -> type.isInstance(e))) {
                line.getErr().println("error: " + e.getMessage());
                return FAILED;
            }
            throw thrown;
        });
        System.exit(commands.execute(args));
    }

    @Override
    public Integer call() {
        Effort base = quick ? Effort.QUICK : Effort.FULL;
        Effort effort = new Effort(
                positive("--forks", forks.orElse(base.forks())),
                base.footprintForks(),
                base.everyFootprint(),
                positive("--seconds", seconds.orElse(base.seconds())));
        EngineBenchmark benchmark = new EngineBenchmark(format, positive("--threads", threads), memory, effort);
        return benchmark.run(files, System.out, System.err) ? 0 : 1;
    }

    private static <T extends Number> T positive(String option, T value) {
        if (!(value.doubleValue() > 0)) {
            throw new IllegalArgumentException(option + ": expected a number above 0, got " + value);
        }
        return value;
    }
}
