package dev.nereid.bench;

import dev.nereid.bench.engine.EngineBenchmark;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nereid bench}: our engine beside ONNX Runtime, on the same inputs, in turns. */
@Command(
        name = "nereid bench",
        mixinStandardHelpOptions = true,
        description = "Measures our engine beside ONNX Runtime. Data goes to stdout, progress to stderr.")
public final class BenchMain implements Callable<Integer> {
    private static final int FORKS = 5;
    private static final double SECONDS = 3;
    private static final int QUICK_FORKS = 2;
    private static final double QUICK_SECONDS = 1;

    @Option(names = "--threads", defaultValue = "1", description = "Threads of both engines (default 1).")
    private int threads = 1;

    @Option(names = "--format", defaultValue = "text", description = "text, csv or markdown (default text).")
    private String format = "text";

    @Option(names = "--quick", description = "Two short processes a case instead of five.")
    private boolean quick;

    @Parameters(paramLabel = "FILE", arity = "0..*", description = "Model files; default: all known models.")
    private List<String> files = List.of();

    public static void main(String[] args) {
        CommandLine commands = new CommandLine(new BenchMain());
        commands.setCaseInsensitiveEnumValuesAllowed(true);
        System.exit(commands.execute(args));
    }

    @Override
    public Integer call() {
        EngineBenchmark.Format chosen = EngineBenchmark.Format.valueOf(format.toUpperCase(Locale.ROOT));
        EngineBenchmark benchmark =
                new EngineBenchmark(chosen, threads, quick ? QUICK_FORKS : FORKS, quick ? QUICK_SECONDS : SECONDS);
        return benchmark.run(files, System.out, System.err) ? 0 : 1;
    }
}
