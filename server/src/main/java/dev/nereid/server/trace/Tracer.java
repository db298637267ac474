package dev.nereid.server.trace;

import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSampler;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.protocol.InferRequest;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Traces the requests that the settings choose, for all fronts of a server. Any thread. */
public final class Tracer implements AutoCloseable {
    private final TraceSettings settings;
    private final TraceWriter writer;
    private final boolean readsParents;
    /** Of the last trace; those of all requests and their steps are counted in one row, from 1. */
    private final AtomicLong lastId = new AtomicLong();

    /** @param writer gets every trace that is complete; closed with the tracer */
    public Tracer(TraceSettings settings, TraceWriter writer) {
        this.settings = settings;
        this.writer = writer;
        this.readsParents = settings.config().mode().equals(TraceConfig.OPENTELEMETRY);
    }

    /** One whose traces nobody gets, whatever the settings. */
    public static Tracer none() {
        return new Tracer(new TraceSettings(TraceConfig.NONE), TraceWriter.none());
    }

    /** Whether it matters to {@link #begin} which trace of the client's a request is part of. */
    public boolean readsParents() {
        return readsParents;
    }

    /**
     * Begins to trace a request that has just been read, if it is chosen.
     *
     * @param parent the client's {@code traceparent}, where it sent one
     */
    public FrontTrace begin(InferRequest request, FrontMoments moments, Optional<String> parent) {
        if (settings.off() || !writer.isOpen()) {
            return FrontTrace.NONE;
        }
        Optional<TraceParent> context = parent.flatMap(TraceParent::read);
        TraceSampler sampler = settings.sampler(request.header().modelName());
        if (!sampler.chooses(context.isPresent() && context.get().sampled())) {
            return FrontTrace.NONE;
        }
        Trace trace = new Trace(sampler, moments, context, lastId::incrementAndGet, writer::write);
        Span root = trace.root(request.header());
        root.at(moments.receiveStart(), request.receivedNanos());
        root.at(moments.receiveEnd(), System.nanoTime());
        request.traceWith(root);
        return new RecordingFrontTrace(trace, root, moments);
    }

    /** Writes what is left; requests that end later are not written. */
    @Override
    public void close() {
        writer.close();
    }
}
