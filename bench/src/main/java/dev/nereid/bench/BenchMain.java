package dev.nereid.bench;

import dev.nereid.bench.cores.CoresCommand;
import dev.nereid.bench.engine.AccuracyCommand;
import dev.nereid.bench.engine.EngineBenchmark;
import dev.nereid.bench.engine.EngineSetup;
import dev.nereid.bench.engine.NetworksCommand;
import dev.nereid.bench.engine.OperatorsCommand;
import dev.nereid.bench.engine.RecordCommand;
import dev.nereid.bench.engine.Repetition;
import dev.nereid.bench.engine.StepsCommand;
import dev.nereid.bench.engine.TableFormat;
import dev.nereid.bench.gpu.GpuCommand;
import dev.nereid.bench.kernels.KernelsCommand;
import dev.nereid.bench.kernels.PicksCommand;
import dev.nereid.bench.loss.LossCommand;
import dev.nereid.bench.questions.JmhCommand;
import dev.nereid.bench.reference.ReferenceServerCommand;
import dev.nereid.bench.scaling.ScalingCommand;
import dev.nereid.bench.schedule.ScheduleCommand;
import dev.nereid.bench.startup.StartupCommand;
import dev.nereid.bench.text.TextCommand;
import dev.nereid.bench.wire.WireCommand;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.device.DeviceException;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nereid bench}: our engine beside ONNX Runtime, on the same inputs, in turns. */
@Command(
        name = "nereid bench",
        mixinStandardHelpOptions = true,
        subcommands = {
            KernelsCommand.class,
            PicksCommand.class,
            JmhCommand.class,
            ReferenceServerCommand.class,
            StartupCommand.class,
            ScheduleCommand.class,
            WireCommand.class,
            CoresCommand.class,
            LossCommand.class,
            ScalingCommand.class,
            TextCommand.class,
            StepsCommand.class,
            OperatorsCommand.class,
            AccuracyCommand.class,
            NetworksCommand.class,
            RecordCommand.class,
            GpuCommand.class
        },
        description = "Measures our engine beside ONNX Runtime. Data goes to stdout, progress to stderr.")
public final class BenchMain implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 2;

    /** What may go wrong without a fault of this program; the message says what. */
    private static final List<Class<? extends Exception>> EXPECTED = List.of(
            IOException.class,
            UncheckedIOException.class,
            ModelFormatException.class,
            InferException.class,
            DeviceException.class);

    @Mixin
    private EngineSetup setup = new EngineSetup();

    @Option(names = "--format", defaultValue = "text", description = "text, csv or markdown (default text).")
    private TableFormat format = TableFormat.TEXT;

    @Mixin
    private Repetition repetition = new Repetition();

    @Parameters(
            paramLabel = "FILE",
            arity = "0..*",
            description =
                    "Model files (of another format than ONNX if the same model is beside them as .onnx), known models, or their cases as MODEL/CASE; dense-N for products of a row with"
                            + " [N, N] weights; families of operators as 'bench operators --list' prints them; default: all"
                            + " known models.")
    private List<String> files = List.of();

    /** The command and those below it. */
    static CommandLine commandLine() {
        return new CommandLine(new BenchMain());
    }

    public static void main(String[] args) {
        CommandLine commands = commandLine();
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
        EngineBenchmark benchmark = new EngineBenchmark(format, setup, repetition.effort());
        return benchmark.run(files, System.out, System.err) ? 0 : 1;
    }
}
