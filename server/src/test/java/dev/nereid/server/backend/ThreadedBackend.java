package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A backend for decoupled models that answers each request from a thread of its own.
 *
 * @param answer gives the responses of one request, and its end
 */
public record ThreadedBackend(String name, Consumer<Execution> answer) implements Backend {
    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        return new BackendModel() {
            @Override
            public ModelInstance newInstance(String instanceName) {
                return new Instance();
            }

            @Override
            public long memoryBytes() {
                return 0;
            }

            @Override
            public void close() {}
        };
    }

    private final class Instance implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            batch.executions()
                    .forEach(execution -> Thread.ofVirtual().name(name).start(() -> answer.accept(execution)));
        }

        @Override
        public void close() {}
    }
}
