package dev.nereid.server.backend;

import java.util.function.Function;

/** What the decoupled backends for tests have in common: models without memory of their own. */
final class DecoupledModels {
    private DecoupledModels() {}

    static BackendModel model(Function<String, ModelInstance> instances) {
        return new BackendModel() {
            @Override
            public ModelInstance newInstance(String instanceName) {
                return instances.apply(instanceName);
            }

            @Override
            public long memoryBytes() {
                return 0;
            }

            @Override
            public void close() {}
        };
    }
}
