package dev.nereid.bench.perf.measure;

import dev.nereid.bench.perf.model.ModelStatistics;
import dev.nereid.bench.perf.model.ServerApi;
import java.util.ArrayList;
import java.util.List;

/** Reads what the server counts of the model under load, and of the models it is composed of. */
public final class ServerCounts {
    private final ServerApi server;
    private final List<String> models;
    private final String version;
    private List<ModelStatistics> last = List.of();

    /**
     * Counts of some models, the first being the one under load; none for a server without statistics.
     *
     * @param version of the first; empty for any
     */
    public ServerCounts(ServerApi server, List<String> models, String version) {
        this.server = server;
        this.models = List.copyOf(models);
        this.version = version;
    }

    /** Begins to count anew. */
    public void reset() {
        last = read();
    }

    /** What was counted since the last call, for each model of the version that worked most. */
    public List<ModelStatistics> next() {
        List<ModelStatistics> now = read();
        List<ModelStatistics> difference = new ArrayList<>();
        for (String model : models) {
            now.stream()
                    .filter(statistics -> statistics.name().equals(model))
                    .map(this::sinceLast)
                    .reduce((a, b) -> a.queue().count() + a.cacheHit().count()
                                    >= b.queue().count() + b.cacheHit().count()
                            ? a
                            : b)
                    .ifPresent(difference::add);
        }
        last = now;
        return difference;
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
        for (int i = 0; i < models.size(); i++) {
            all.addAll(server.statistics(models.get(i), i == 0 ? version : ""));
        }
        return all;
    }
}
