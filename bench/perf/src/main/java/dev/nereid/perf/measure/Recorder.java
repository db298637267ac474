package dev.nereid.perf.measure;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Failure;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Collects what becomes of the requests of a load. Any thread may report; one drains. */
public final class Recorder {
    /** What came in since the last drain. */
    public record Drained(Samples samples, Map<Failure.Kind, Long> failures, String firstFailure) {}

    private final RequestListener listener;
    private final Optional<AnswerLog> answers;
    private Samples samples = new Samples();
    private Map<Failure.Kind, Long> failures = new EnumMap<>(Failure.Kind.class);
    private String firstFailure = "";

    /** A recorder of times alone. */
    public Recorder() {
        this(RequestListener.NONE, Optional.empty());
    }

    /**
     * A recorder of times, and of what requests and answers carry.
     *
     * @param answers where answers are stored; empty if nobody wants them
     */
    public Recorder(RequestListener listener, Optional<AnswerLog> answers) {
        this.listener = listener;
        this.answers = answers;
    }

    /** Takes the times of a request that was answered; one whose only response says that there is none has no times. */
    public synchronized void succeeded(Exchange exchange) {
        if (exchange.responses() == 0) {
            return;
        }
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
        answers.ifPresent(log -> samples.describe(new Samples.Contents(
                exchange.payload().request(), log.append(exchange.answers()), exchange.emptyEnd())));
        listener.succeeded(exchange);
    }

    /** Counts a request that was not. */
    public synchronized void failed(Failure failure) {
        failures.merge(failure.kind(), 1L, Long::sum);
        if (firstFailure.isEmpty()) {
            firstFailure = failure.message();
        }
        listener.failed(failure);
    }

    public synchronized Drained drain() {
        Drained drained = new Drained(samples, failures, firstFailure);
        samples = new Samples();
        failures = new EnumMap<>(Failure.Kind.class);
        firstFailure = "";
        return drained;
    }
}
