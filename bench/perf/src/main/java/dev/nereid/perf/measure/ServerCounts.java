package dev.nereid.perf.measure;

import dev.nereid.perf.model.ModelReference;
import dev.nereid.perf.model.ModelStatistics;
import dev.nereid.perf.model.ServerApi;
import dev.nereid.perf.model.UndescribedApi;
import java.util.ArrayList;
import java.util.List;

/** Reads what the server counts of the model under load, and of the models it is composed of. */
public final class ServerCounts {
    private final ServerApi server;
    private final List<ModelReference> models;
    private List<ModelStatistics> last = List.of();

    /** Counts of some models, the first being the one under load; none for a server without statistics. */
    public ServerCounts(ServerApi server, List<ModelReference> models) {
        this.server = server;
        this.models = List.copyOf(models);
    }

    /** Of a server that is not asked. */
    public static ServerCounts none() {
        return new ServerCounts(UndescribedApi.openAi(), List.of());
    }

    /** Begins to count anew. */
    public void reset() {
        last = read();
    }

    /** What was counted since the last call, for each model of the version that worked most. */
    public List<ModelStatistics> next() {
        List<ModelStatistics> now = read();
        List<ModelStatistics> difference = new ArrayList<>();
        for (ModelReference model : models) {
            now.stream()
                    .filter(statistics -> statistics.name().equals(model.name()))
                    .filter(statistics ->
                            model.version().isEmpty() || statistics.version().equals(model.version()))
                    .map(this::sinceLast)
                    .reduce((a, b) -> work(a) >= work(b) ? a : b)
                    .ifPresent(difference::add);
        }
        last = now;
        return difference;
    }

    /** How many requests there were: those that were queued, and those that the cache answered. */
    private static long work(ModelStatistics statistics) {
        return statistics.queue().count() + statistics.cacheHit().count();
    }

    private ModelStatistics sinceLast(ModelStatistics now) {
        return last.stream()
                .filter(earlier ->
                        earlier.name().equals(now.name()) && earlier.version().equals(now.version()))
                .findFirst()
                .map(now::since)
                .orElse(now);
    }

    private List<ModelStatistics> read() {
        List<ModelStatistics> all = new ArrayList<>();
        for (ModelReference model : models) {
            all.addAll(server.statistics(model.name(), model.version()));
        }
        return all;
    }
}
