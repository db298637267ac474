package dev.nereid.server.trace;

import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSampler;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.protocol.InferRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Traces the requests that the settings choose, for all fronts of a server. Any thread. */
public final class Tracer {
    private static final Logger LOG = LoggerFactory.getLogger(Tracer.class);

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
        Trace trace = new Trace(sampler, moments, context, lastId::incrementAndGet, this::write);
        Span root = trace.root(request.header());
        root.at(moments.receiveStart(), request.receivedNanos());
        root.at(moments.receiveEnd(), System.nanoTime());
        request.traceWith(root);
        return new RecordingFrontTrace(trace, root, moments);
    }

    /** On a thread of the request's, which must not suffer from what a writer does. */
    private void write(Trace trace) {
        try {
            writer.write(trace);
        } catch (RuntimeException e) {
            LOG.error("a trace could not be written", e);
        }
    }

    /**
     * Writes what is left; requests that end later are not written.
     *
     * @param patience how long that may take
     */
    public void close(Duration patience) {
        writer.close(patience);
    }
}
