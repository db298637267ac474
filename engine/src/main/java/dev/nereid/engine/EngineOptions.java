package dev.nereid.engine;

/**
 * How an engine uses the machine.
 *
 * @param threadsPerRun cores that one run may use: 1 runs on the calling thread alone, and whoever calls decides how many runs
 *     there are side by side; with more, all runs share a pool of so many cores
 */
public record EngineOptions(int threadsPerRun) {
    public EngineOptions {
        if (threadsPerRun < 1) {
            throw EngineException.invalid("threadsPerRun: expected at least 1, got " + threadsPerRun);
        }
    }

    /** Every core of the machine for a run that is alone. */
    public static EngineOptions allCores() {
        return new EngineOptions(Runtime.getRuntime().availableProcessors());
    }

    /** Runs on the calling threads alone. */
    public static EngineOptions callingThread() {
        return new EngineOptions(1);
    }
}
