package dev.nereid.server.traffic;

import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.traffic.TrafficReport.Estimate;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Writes reports as JSON. */
public final class TrafficJson {
    private TrafficJson() {}

    /** A report as one object. */
    public static JsonWriter write(TrafficReport report) {
        JsonWriter json = new JsonWriter().beginObject();
        json.name("model").value(report.model());
        json.name("source").value(report.source());
        report.document().ifPresent(document -> json.name("document").json(document.getBytes(StandardCharsets.UTF_8)));
        if (!report.problem().isEmpty()) {
            json.name("problem").value(report.problem());
        }
        json.name("labels").beginObject();
        new TreeMap<>(report.labels())
                .forEach((label, version) -> json.name(label).value(version));
        json.endObject();
        json.name("split").beginArray();
        report.split()
                .forEach(part -> json.beginObject()
                        .name("to")
                        .value(part.to())
                        .name("version")
                        .value(part.version())
                        .name("weight")
                        .value(part.weight())
                        .name("share")
                        .value(part.share())
                        .endObject());
        json.endArray();
        json.name("routes").beginArray();
        report.routes()
                .forEach(route -> json.beginObject()
                        .name("version")
                        .value(route.version())
                        .name("route")
                        .value(route.route())
                        .name("requests")
                        .value(route.requests())
                        .name("errors")
                        .value(route.errors())
                        .name("client_errors")
                        .value(route.clientErrors())
                        .endObject());
        json.endArray();
        versions(json, report);
        json.name("comparisons").beginArray();
        report.comparisons().forEach(comparison -> {
            json.beginObject().name("version").value(comparison.version());
            json.name("baseline").value(comparison.baseline());
            estimate(json, "error_rate_difference", comparison.errorRateDifference());
            estimate(json, "p50_ratio", comparison.p50Ratio());
            estimate(json, "p99_ratio", comparison.p99Ratio());
            json.endObject();
        });
        json.endArray();
        json.name("shadows").beginArray();
        report.shadows().forEach(shadow -> {
            json.beginObject().name("version").value(shadow.version());
            json.name("matches").value(shadow.matches());
            json.name("differences").value(shadow.differences());
            json.name("errors").value(shadow.errors());
            json.name("dropped").value(shadow.dropped());
            estimate(json, "disagreement", shadow.disagreement());
            json.endObject();
        });
        json.endArray();
        report.rollback().ifPresent(rollback -> {
            json.name("rollback").beginObject();
            json.name("version").value(rollback.watched());
            json.name("to").value(rollback.to());
            json.name("tripped").value(rollback.reason().isPresent());
            rollback.reason().ifPresent(reason -> json.name("reason").value(reason));
            rollback.time().ifPresent(time -> json.name("time").value(time.toString()));
            json.endObject();
        });
        return json.endObject();
    }

    private static void versions(JsonWriter json, TrafficReport report) {
        json.name("versions").beginArray();
        report.versions().forEach(version -> {
            json.beginObject().name("version").value(version.version());
            json.name("labels").beginArray();
            version.labels().forEach(json::value);
            json.endArray();
            json.name("requests").value(version.requests());
            json.name("errors").value(version.errors());
            json.name("client_errors").value(version.clientErrors());
            estimate(json, "error_rate", version.errorRate());
            estimate(json, "p50_us", version.p50());
            estimate(json, "p99_us", version.p99());
            json.endObject();
        });
        json.endArray();
    }

    private static void estimate(JsonWriter json, String name, Optional<Estimate> estimate) {
        estimate.ifPresent(value -> {
            json.name(name).beginObject().name("value").value(value.value());
            bound(json, "low", value.low());
            bound(json, "high", value.high());
            json.endObject();
        });
    }

    private static void bound(JsonWriter json, String name, OptionalDouble bound) {
        if (bound.isPresent()) {
            json.name(name).value(bound.getAsDouble());
        }
    }
}
