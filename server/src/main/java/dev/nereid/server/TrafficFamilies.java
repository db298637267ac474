package dev.nereid.server;

import dev.nereid.server.observe.HistogramCounter;
import dev.nereid.server.observe.MetricsText;
import dev.nereid.server.observe.MetricsText.HistogramSample;
import dev.nereid.server.observe.MetricsText.Sample;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.traffic.ModelTraffic;
import dev.nereid.server.traffic.RouteMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** The families of metrics about traffic between versions. */
final class TrafficFamilies {
    /** The metrics of one route of a model. */
    private record ModelRoute(ModelId model, RouteMetrics metrics) {
        private SortedMap<String, String> labels() {
            SortedMap<String, String> labels = TrafficFamilies.labels(model, metrics.version());
            labels.put("route", metrics.route());
            return labels;
        }
    }

    private TrafficFamilies() {}

    /** Writes what the traffic of each model has counted. */
    static void write(MetricsText text, SortedMap<ModelId, ModelTraffic> traffic) {
        List<ModelRoute> routes = new ArrayList<>();
        List<Sample> rollbacks = new ArrayList<>();
        List<Sample> problems = new ArrayList<>();
        List<Sample> shadowed = new ArrayList<>();
        for (Map.Entry<ModelId, ModelTraffic> each : traffic.entrySet()) {
            ModelId model = each.getKey();
            each.getValue().metrics().forEach(metrics -> routes.add(new ModelRoute(model, metrics)));
            each.getValue()
                    .rollback()
                    .ifPresent(rollback -> rollbacks.add(new Sample(
                            labels(model, rollback.watched()), rollback.reason().isPresent() ? 1 : 0)));
            each.getValue()
                    .shadowCounts()
                    .forEach((version, outcomes) -> outcomes.forEach((outcome, count) -> {
                        SortedMap<String, String> labels = labels(model, version);
                        labels.put("outcome", outcome);
                        shadowed.add(new Sample(labels, count));
                    }));
            problems.add(new Sample(labels(model), each.getValue().problem().isEmpty() ? 0 : 1));
        }
        text.samples(
                        "nereid_traffic_requests_total",
                        "counter",
                        "Number of requests that ended, by the version that they were given to and why",
                        samples(routes, RouteMetrics::requests))
                .samples(
                        "nereid_traffic_errors_total",
                        "counter",
                        "Of these, requests that failed by the server's fault",
                        samples(routes, RouteMetrics::errors))
                .samples(
                        "nereid_traffic_client_errors_total",
                        "counter",
                        "Of these, requests that failed by the client's fault",
                        samples(routes, RouteMetrics::clientErrors))
                .histograms(
                        "nereid_traffic_duration_us",
                        "Time from the choice of the version to the answer, in microseconds, of requests without an error",
                        routes.stream()
                                .map(route -> new HistogramSample(route.labels(), histogram(route.metrics())))
                                .toList())
                .samples(
                        "nereid_shadow_total",
                        "counter",
                        "Number of copies of requests for a shadow version, by what became of them",
                        shadowed)
                .samples(
                        "nereid_traffic_rolled_back",
                        "gauge",
                        "1 where a version has lost its traffic by a rollback, else 0",
                        rollbacks)
                .samples(
                        "nereid_traffic_document_refused",
                        "gauge",
                        "1 where the newest traffic document of a model is not in force, else 0",
                        problems);
    }

    private static List<Sample> samples(List<ModelRoute> routes, ToLongFunction<RouteMetrics> value) {
        return routes.stream()
                .map(route -> new Sample(route.labels(), value.applyAsLong(route.metrics())))
                .toList();
    }

    private static HistogramCounter.Snapshot histogram(RouteMetrics metrics) {
        return new HistogramCounter.Snapshot(metrics.durations(), metrics.sumMicros(), metrics.buckets());
    }

    private static SortedMap<String, String> labels(ModelId model) {
        SortedMap<String, String> labels = new TreeMap<>();
        labels.put("model", model.name());
        if (!model.namespace().isEmpty()) {
            labels.put("namespace", model.namespace());
        }
        return labels;
    }

    private static SortedMap<String, String> labels(ModelId model, long version) {
        SortedMap<String, String> labels = labels(model);
        labels.put("version", Long.toString(version));
        return labels;
    }
}
