package dev.nereid.server.trace;

import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.json.JsonWriter;
import java.util.List;

/** A trace as Triton writes it: a row of objects, one for what the request is and one for each thing that happened. */
final class TraceJson {
    private TraceJson() {}

    /**
     * The objects, with commas between them.
     *
     * @param explained whether an object more, which Triton has not, tells of each execution how it came about
     */
    static byte[] objects(Trace trace, boolean explained) {
        JsonWriter json = new JsonWriter();
        for (Span span : trace.spans()) {
            write(json, trace, span);
            if (explained) {
                span.execution().ifPresent(execution -> execution(json, span, execution));
            }
        }
        return json.toBytes();
    }

    /** The front's first moments come before what the request is, for Triton reads a request before it knows that. */
    private static void write(JsonWriter json, Trace trace, Span span) {
        List<Span.Stamp> stamps = span.stamps();
        stamps.stream().filter(stamp -> isReceiving(trace, stamp)).forEach(stamp -> stamp(json, span, stamp));
        json.beginObject()
                .name("id")
                .value(span.id())
                .name("model_name")
                .value(span.model())
                .name("model_version")
                .value(span.version());
        if (!span.requestId().isEmpty()) {
            json.name("request_id").value(span.requestId());
        }
        if (span.parentId() != Span.NO_PARENT) {
            json.name("parent_id").value(span.parentId());
        }
        json.endObject();
        stamps.stream().filter(stamp -> !isReceiving(trace, stamp)).forEach(stamp -> stamp(json, span, stamp));
        span.snapshots().forEach(snapshot -> snapshot(json, span, snapshot));
    }

    private static boolean isReceiving(Trace trace, Span.Stamp stamp) {
        return stamp.moment() == trace.front().receiveStart()
                || stamp.moment() == trace.front().receiveEnd();
    }

    private static void stamp(JsonWriter json, Span span, Span.Stamp stamp) {
        json.beginObject().name("id").value(span.id()).name("timestamps").beginArray();
        json.beginObject()
                .name("name")
                .value(stamp.name())
                .name("ns")
                .value(stamp.nanos())
                .endObject();
        json.endArray().endObject();
    }

    private static void execution(JsonWriter json, Span span, RequestTrace.Execution execution) {
        json.beginObject().name("id").value(span.id()).name("execution");
        json.beginObject()
                .name("batch_size")
                .value(execution.batchSize())
                .name("closed_by")
                .value(execution.closedBy())
                .name("instance")
                .value(execution.instance())
                .endObject();
        json.endObject();
    }

    private static void snapshot(JsonWriter json, Span span, Span.TensorSnapshot snapshot) {
        json.beginObject()
                .name("id")
                .value(span.id())
                .name("activity")
                .value(snapshot.activity().name())
                .name("tensor");
        json.beginObject()
                .name("name")
                .value(snapshot.name())
                .name("data")
                .string(snapshot.tensor().data())
                .name("shape")
                .value(snapshot.tensor().shape())
                .name("dtype")
                .value(snapshot.tensor().dataType())
                .endObject();
        json.endObject();
    }
}
