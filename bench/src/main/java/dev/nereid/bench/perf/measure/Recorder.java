package dev.nereid.bench.perf.measure;

import dev.nereid.bench.perf.client.Exchange;
import dev.nereid.bench.perf.client.Failure;
import java.util.EnumMap;
import java.util.Map;

/** Collects what becomes of the requests of a load. Any thread may report; one drains. */
public final class Recorder {
    /** What came in since the last drain. */
    public record Drained(Samples samples, Map<Failure.Kind, Long> failures, String firstFailure) {}

    private Samples samples = new Samples();
    private Map<Failure.Kind, Long> failures = new EnumMap<>(Failure.Kind.class);
    private String firstFailure = "";

    /** Takes the times of a request that was answered. */
    public synchronized void succeeded(Exchange exchange) {
        samples.add(
                exchange.scheduled(),
                exchange.start(),
                exchange.sent(),
                exchange.answered(),
                exchange.end(),
                exchange.responses(),
                exchange.isSequenceEnd(),
                exchange.isDelayed(),
                exchange.ends());
    }

    /** Counts a request that was not. */
    public synchronized void failed(Failure failure) {
        failures.merge(failure.kind(), 1L, Long::sum);
        if (firstFailure.isEmpty()) {
            firstFailure = failure.message();
        }
    }

    public synchronized Drained drain() {
        Drained drained = new Drained(samples, failures, firstFailure);
        samples = new Samples();
        failures = new EnumMap<>(Failure.Kind.class);
        firstFailure = "";
        return drained;
    }
}
