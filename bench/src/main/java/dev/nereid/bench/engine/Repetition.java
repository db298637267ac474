package dev.nereid.bench.engine;

import dev.nereid.bench.engine.EngineBenchmark.Effort;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How often and how long something is measured: options of a command line. */
public final class Repetition {
    @Option(names = "--quick", description = "Two short processes a case instead of five.")
    private boolean quick;

    @Option(names = "--forks", description = "Processes a case (default 5; 2 if --quick).")
    private Optional<Integer> forks = Optional.empty();

    @Option(
            names = "--seconds",
            description = "Seconds that a process measures, and warms up for (default 3; 0.5 if --quick).")
    private Optional<Double> seconds = Optional.empty();

    /**
     * The effort that was asked for.
     *
     * @throws IllegalArgumentException if it is none
     */
    public Effort effort() {
        Effort base = quick ? Effort.QUICK : Effort.FULL;
        return new Effort(
                positive("--forks", forks.orElse(base.forks())),
                base.footprintForks(),
                base.everyFootprint(),
                positive("--seconds", seconds.orElse(base.seconds())));
    }

    private static <T extends Number> T positive(String option, T value) {
        if (!(value.doubleValue() > 0)) {
            throw new IllegalArgumentException(option + ": expected a number above 0, got " + value);
        }
        return value;
    }
}
