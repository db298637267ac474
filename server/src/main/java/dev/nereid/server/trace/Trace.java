package dev.nereid.server.trace;

import dev.nereid.server.observe.TraceSampler;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What is noted of one client's request and of all that is done for it: a span of its own, and one of each step where its
 * model is an ensemble. Complete when all spans have ended and the front is done with it.
 */
public final class Trace {
    private static final int MOST_SPANS = 10_000;

    private final TraceSampler sampler;
    private final FrontMoments front;
    private final Optional<TraceParent> parent;
    private final LongSupplier ids;
    private final Consumer<Trace> complete;
    /** Under this. */
    private final List<Span> spans = new ArrayList<>(1);
    /** Spans that have not ended, and the front. */
    private final AtomicInteger open = new AtomicInteger(1);

    Trace(
            TraceSampler sampler,
            FrontMoments front,
            Optional<TraceParent> parent,
            LongSupplier ids,
            Consumer<Trace> complete) {
        this.sampler = sampler;
        this.front = front;
        this.parent = parent;
        this.ids = ids;
        this.complete = complete;
    }

    /** What chose it. */
    TraceSampler sampler() {
        return sampler;
    }

    /** How the request came. */
    FrontMoments front() {
        return front;
    }

    /** The client's span that the request is part of. */
    Optional<TraceParent> parent() {
        return parent;
    }

    /** The request's own, before those of its steps. */
    synchronized List<Span> spans() {
        return List.copyOf(spans);
    }

    /** About how many bytes it takes. */
    long weight() {
        return spans().stream().mapToLong(Span::weight).sum();
    }

    Span root(InferRequest.Header header) {
        return span(header, Span.NO_PARENT);
    }

    /** The span of a step; empty where the request has so many that nobody would read them. */
    Optional<RequestTrace> step(InferRequest.Header header, long parentId) {
        synchronized (this) {
            if (spans.size() >= MOST_SPANS) {
                return Optional.empty();
            }
        }
        return Optional.of(span(header, parentId));
    }

    /** Makes a span, which {@link #leave leaves} when it ends. */
    private Span span(InferRequest.Header header, long parentId) {
        open.incrementAndGet();
        Span span = new Span(this, ids.getAsLong(), parentId, header);
        synchronized (this) {
            spans.add(span);
        }
        return span;
    }

    /** A span, or the front, is done. */
    void leave() {
        if (open.decrementAndGet() == 0) {
            complete.accept(this);
        }
    }
}
