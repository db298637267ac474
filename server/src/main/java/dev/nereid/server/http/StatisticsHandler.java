package dev.nereid.server.http;

import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;

/** The statistics extension. */
final class StatisticsHandler {
    private final ModelRepository repository;

    StatisticsHandler(ModelRepository repository) {
        this.repository = repository;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        return routes.add("GET", "/v2/models/stats", ContentType.JSON, this::statistics)
                .addModel("GET", "/stats", ContentType.JSON, this::statistics);
    }

    private void statistics(Exchange exchange) {
        JsonWriter json = new JsonWriter().beginObject();
        json.name("model_stats").beginArray();
        for (Model model : repository.forStatistics(exchange.model(), exchange.version())) {
            model(json, model);
        }
        exchange.respond(json.endArray().endObject());
    }

    private static void model(JsonWriter json, Model model) {
        StatisticsSnapshot snapshot = model.statistics().snapshot();
        json.beginObject();
        json.name("name").value(model.name());
        json.name("version").value(Long.toString(model.version()));
        json.name("last_inference").value(snapshot.lastInferenceMillis());
        json.name("inference_count").value(snapshot.inferenceCount());
        json.name("execution_count").value(snapshot.executionCount());
        json.name("inference_stats").beginObject();
        duration(json, "success", snapshot.success());
        duration(json, "fail", snapshot.fail());
        duration(json, "queue", snapshot.queue());
        compute(json, snapshot.compute());
        duration(json, "cache_hit", snapshot.cacheHit());
        duration(json, "cache_miss", snapshot.cacheMiss());
        json.endObject();
        json.name("response_stats").beginObject();
        snapshot.responses().forEach((index, responses) -> {
            json.name(index.toString()).beginObject();
            duration(json, "compute_infer", responses.infer());
            duration(json, "compute_output", responses.output());
            duration(json, "success", responses.success());
            duration(json, "fail", responses.fail());
            duration(json, "empty_response", responses.empty());
            duration(json, "cancel", responses.cancel());
            json.endObject();
        });
        json.endObject();
        json.name("batch_stats").beginArray();
        snapshot.batches().forEach((size, times) -> {
            json.beginObject();
            json.name("batch_size").value(size.longValue());
            compute(json, times);
            json.endObject();
        });
        json.endArray();
        json.name("memory_usage").beginArray().endArray();
        json.endObject();
    }

    private static void compute(JsonWriter json, StatisticsSnapshot.Compute compute) {
        duration(json, "compute_input", compute.input());
        duration(json, "compute_infer", compute.infer());
        duration(json, "compute_output", compute.output());
    }

    private static void duration(JsonWriter json, String name, StatisticsSnapshot.Duration duration) {
        json.name(name).beginObject();
        json.name("count").value(duration.count());
        json.name("ns").value(duration.nanos());
        json.endObject();
    }
}
