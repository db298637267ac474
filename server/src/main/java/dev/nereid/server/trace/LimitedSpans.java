package dev.nereid.server.trace;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets so many spans wait for their export and drops others. The SDK's processor does that too and says nothing; this one
 * warns, in the words of Triton's, once between two exports.
 */
final class LimitedSpans implements SpanProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(LimitedSpans.class);

    private final int most;
    private final SpanProcessor processor;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean warned = new AtomicBoolean();

    /**
     * A limit before a processor.
     *
     * @param makeProcessor makes it for the exporter that it is to use, which stands for {@code exporter}
     */
    LimitedSpans(int most, SpanExporter exporter, Function<SpanExporter, SpanProcessor> makeProcessor) {
        this.most = most;
        this.processor = makeProcessor.apply(new Counted(exporter));
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
        processor.onStart(parent, span);
    }

    @Override
    public boolean isStartRequired() {
        return processor.isStartRequired();
    }

    @Override
    public void onEnd(ReadableSpan span) {
        if (waiting.incrementAndGet() <= most) {
            processor.onEnd(span);
            return;
        }
        waiting.decrementAndGet();
        if (!warned.getAndSet(true)) {
            LOG.warn("BatchSpanProcessor queue is full - dropping span.");
        }
    }

    @Override
    public boolean isEndRequired() {
        return processor.isEndRequired();
    }

    @Override
    public CompletableResultCode shutdown() {
        return processor.shutdown();
    }

    @Override
    public CompletableResultCode forceFlush() {
        return processor.forceFlush();
    }

    /** Counts what no longer waits. */
    private final class Counted implements SpanExporter {
        private final SpanExporter exporter;

        private Counted(SpanExporter exporter) {
            this.exporter = exporter;
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            waiting.addAndGet(-spans.size());
            warned.set(false);
            return exporter.export(spans);
        }

        @Override
        public CompletableResultCode flush() {
            return exporter.flush();
        }

        @Override
        public CompletableResultCode shutdown() {
            return exporter.shutdown();
        }
    }
}
