package dev.nereid.server.backend;

import java.util.List;
import java.util.Objects;

/** One loaded model version. Immutable to its users; closed after its last instance. */
public interface BackendModel extends AutoCloseable {
    /** Makes one instance; instances of a model run at the same time, each on one thread at a time. */
    ModelInstance newInstance(String instanceName);

    /**
     * Makes one instance on a GPU; one as on the CPU, where the model has nothing for a GPU to do.
     *
     * @param gpu one of {@link Backend#gpus}
     */
    default ModelInstance newInstance(String instanceName, int gpu) {
        return newInstance(instanceName);
    }

    /**
     * Ends what its instances run as soon as they can, and what they are given from now on: the server stops and has waited
     * long enough. The requests are answered with errors. Any thread. Without effect where a backend cannot.
     */
    default void cancelRuns() {}

    /** Bytes of native memory that the model holds. */
    long memoryBytes();

    /** What the model counts by itself, for the metrics; any thread, at any time. */
    default List<Counter> counters() {
        return List.of();
    }

    /**
     * A number that only grows.
     *
     * @param name of the metric, the same for all models of a backend
     * @param help what it says
     */
    record Counter(String name, String help, long value) {
        public Counter {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(help, "help");
        }
    }

    /** How requests whose texts have different lengths may share a batch. */
    default TextLengths textLengths() {
        return TextLengths.EQUAL;
    }

    @Override
    void close();
}
