package dev.nereid.perf.model;

/**
 * What a server counted of one version of a model, since it was loaded or between two readings. Times are sums in
 * nanoseconds, each with how often it was counted.
 */
public record ModelStatistics(
        String name,
        String version,
        long inferences,
        long executions,
        Duration success,
        Duration queue,
        Duration computeInput,
        Duration computeInfer,
        Duration computeOutput,
        Duration cacheHit,
        Duration cacheMiss) {

    /** How often something was timed, and the sum. */
    public record Duration(long count, long nanos) {
        Duration minus(Duration other) {
            return new Duration(count - other.count, nanos - other.nanos);
        }

        Duration plus(Duration other) {
            return new Duration(count + other.count, nanos + other.nanos);
        }

        /** The mean in whole microseconds; 0 where nothing was counted. */
        public long averageMicros() {
            return count == 0 ? 0 : nanos / count / 1000;
        }
    }

    /** What was counted since {@code earlier}. */
    public ModelStatistics since(ModelStatistics earlier) {
        return new ModelStatistics(
                name,
                version,
                inferences - earlier.inferences,
                executions - earlier.executions,
                success.minus(earlier.success),
                queue.minus(earlier.queue),
                computeInput.minus(earlier.computeInput),
                computeInfer.minus(earlier.computeInfer),
                computeOutput.minus(earlier.computeOutput),
                cacheHit.minus(earlier.cacheHit),
                cacheMiss.minus(earlier.cacheMiss));
    }

    /** The sums of both; named as this. */
    public ModelStatistics plus(ModelStatistics other) {
        return new ModelStatistics(
                name,
                version,
                inferences + other.inferences,
                executions + other.executions,
                success.plus(other.success),
                queue.plus(other.queue),
                computeInput.plus(other.computeInput),
                computeInfer.plus(other.computeInfer),
                computeOutput.plus(other.computeOutput),
                cacheHit.plus(other.cacheHit),
                cacheMiss.plus(other.cacheMiss));
    }

    /** The mean time of all parts of computing, in microseconds; 0 where nothing was computed. */
    public long computeMicros() {
        return new Duration(computeInput.count(), computeInput.nanos() + computeInfer.nanos() + computeOutput.nanos())
                .averageMicros();
    }

    /** The mean time of what answered a request, the cache or a computation, in microseconds. */
    public long cacheOrComputeMicros() {
        long nanos = cacheHit.nanos()
                + cacheMiss.nanos()
                + computeInput.nanos()
                + computeInfer.nanos()
                + computeOutput.nanos();
        return new Duration(computeInput.count() + cacheHit.count(), nanos).averageMicros();
    }

    /** What of a request's mean time was neither queue nor compute, in microseconds. */
    public long overheadMicros() {
        long parts = queue.averageMicros()
                + computeInput.averageMicros()
                + computeInfer.averageMicros()
                + computeOutput.averageMicros();
        return Math.max(0, success.averageMicros() - parts);
    }
}
