package dev.nereid.server.trace;

import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.RequestTrace.Moment;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exports traces to an OpenTelemetry collector, with Triton's names: a span {@code InferRequest} for the request as its
 * client sees it, in it a span of each model, in that one {@code compute}; moments are events of the span that they
 * belong to. What a backend reports besides are spans and events in the model's. The SDK's processor holds and exports them on
 * a thread of its own, and drops what it has no room for. Tensors are not exported.
 */
public final class OpenTelemetryWriter implements TraceWriter {
    private static final String REQUEST = "InferRequest";
    private static final String COMPUTE = "compute";

    /** The part of a request that an exported span stands for. */
    private enum Part {
        FRONT,
        MODEL,
        COMPUTE,
        /** Spans and events that the backend names. */
        ACTIVITIES;

        static Part of(Moment moment) {
            return switch (moment) {
                case HTTP_RECV_START,
                        HTTP_RECV_END,
                        GRPC_WAITREAD_START,
                        GRPC_WAITREAD_END,
                        INFER_RESPONSE_COMPLETE,
                        HTTP_SEND_START,
                        HTTP_SEND_END,
                        GRPC_SEND_START,
                        GRPC_SEND_END -> FRONT;
                case REQUEST_START, QUEUE_START, CACHE_HIT_LOOKUP_START, CACHE_HIT_LOOKUP_END, REQUEST_END -> MODEL;
                case COMPUTE_START, COMPUTE_INPUT_END, COMPUTE_OUTPUT_START, COMPUTE_END -> COMPUTE;
                case CUSTOM_ACTIVITY -> ACTIVITIES;
            };
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(OpenTelemetryWriter.class);

    private final SdkTracerProvider provider;
    private final io.opentelemetry.api.trace.Tracer tracer;
    private volatile boolean closed;

    /** Exports as configured. Nothing is connected to yet. */
    public OpenTelemetryWriter(OpenTelemetryConfig config) {
        this(config, OtlpHttpSpanExporter.builder().setEndpoint(config.url()).build());
    }

    OpenTelemetryWriter(OpenTelemetryConfig config, SpanExporter exporter) {
        AttributesBuilder resource = Attributes.builder();
        config.resource().forEach(resource::put);
        this.provider = SdkTracerProvider.builder()
                .setSampler(Sampler.alwaysOn()) // what comes here is chosen already
                .setResource(Resource.getDefault().merge(Resource.create(resource.build())))
                .addSpanProcessor(new LimitedSpans(
                        config.mostWaiting(),
                        exporter,
                        counted -> BatchSpanProcessor.builder(counted)
                                .setMaxQueueSize(config.mostWaiting())
                                .setScheduleDelay(config.delayMillis(), TimeUnit.MILLISECONDS)
                                .setMaxExportBatchSize(config.mostInBatch())
                                .build()))
                .build();
        this.tracer = provider.get("triton-server");
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void write(Trace trace) {
        List<Span> spans = trace.spans();
        if (closed || !trace.sampler().timestamps()) {
            return;
        }
        Epoch epoch = Epoch.now();
        Context client = Context.root();
        if (trace.parent().isPresent()) {
            client = client.with(
                    io.opentelemetry.api.trace.Span.wrap(remote(trace.parent().get())));
        }
        Context request =
                export(client, tracer.spanBuilder(REQUEST), part(spans.getFirst(), Part.FRONT, List.of()), epoch);
        Map<Long, Context> models = new HashMap<>();
        for (Span span : spans) {
            Context parent = models.getOrDefault(span.parentId(), request);
            Activities activities = Activities.of(span.stamps());
            SpanBuilder builder = tracer.spanBuilder(span.model());
            describe(builder, span);
            Context model = export(parent, builder, part(span, Part.MODEL, activities.events()), epoch);
            models.put(span.id(), model);
            SpanBuilder compute = tracer.spanBuilder(COMPUTE);
            span.execution().ifPresent(execution -> explain(compute, execution));
            export(model, compute, part(span, Part.COMPUTE, List.of()), epoch);
            export(model, activities.within(), epoch);
        }
    }

    /** The moments of a part and some more, in the order of time. */
    private static List<Span.Stamp> part(Span span, Part part, List<Span.Stamp> more) {
        return Stream.concat(span.stamps().stream().filter(stamp -> Part.of(stamp.moment()) == part), more.stream())
                .sorted(Comparator.comparingLong(Span.Stamp::nanos))
                .toList();
    }

    private static SpanContext remote(TraceParent parent) {
        return SpanContext.createFromRemoteParent(
                parent.traceId(),
                parent.spanId(),
                parent.sampled() ? TraceFlags.getSampled() : TraceFlags.getDefault(),
                TraceState.getDefault());
    }

    private void export(Context parent, List<Activities> spans, Epoch epoch) {
        for (Activities span : spans) {
            Context exported = export(parent, tracer.spanBuilder(span.name()), span.events(), epoch);
            export(exported, span.within(), epoch);
        }
    }

    /** Exports a span from the first of its events to the last, if any; answers what spans in it are children of. */
    private static Context export(Context parent, SpanBuilder builder, List<Span.Stamp> stamps, Epoch epoch) {
        if (stamps.isEmpty()) {
            return parent;
        }
        io.opentelemetry.api.trace.Span exported = builder.setParent(parent)
                .setSpanKind(SpanKind.SERVER)
                .setStartTimestamp(epoch.of(stamps.getFirst()), TimeUnit.NANOSECONDS)
                .startSpan();
        stamps.forEach(stamp -> exported.addEvent(stamp.name(), epoch.of(stamp), TimeUnit.NANOSECONDS));
        exported.end(epoch.of(stamps.getLast()), TimeUnit.NANOSECONDS);
        return parent.with(exported);
    }

    private static void describe(SpanBuilder builder, Span span) {
        builder.setAttribute("triton.model_name", span.model())
                .setAttribute("triton.model_version", span.version())
                .setAttribute("triton.trace_id", span.id())
                .setAttribute("triton.trace_parent_id", span.parentId());
        if (!span.requestId().isEmpty()) {
            builder.setAttribute("triton.request_id", span.requestId());
        }
    }

    private static void explain(SpanBuilder builder, RequestTrace.Execution execution) {
        builder.setAttribute("nereid.batch_size", execution.batchSize())
                .setAttribute("nereid.batch_closed_by", execution.closedBy())
                .setAttribute("nereid.instance", execution.instance());
    }

    @Override
    public void close(Duration patience) {
        closed = true;
        if (!provider.shutdown()
                .join(patience.toMillis(), TimeUnit.MILLISECONDS)
                .isSuccess()) {
            LOG.warn("the last spans could not be exported");
        }
    }

    /** From {@link System#nanoTime} to nanoseconds since 1970. */
    private record Epoch(long offset) {
        static Epoch now() {
            Instant now = Instant.now();
            return new Epoch(TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - System.nanoTime());
        }

        long of(Span.Stamp stamp) {
            return stamp.nanos() + offset;
        }
    }
}
