package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import java.util.function.Function;

/** What the decoupled backends for tests have in common: models without memory of their own. */
final class DecoupledModels {
    private DecoupledModels() {}

    /**
     * Refuses a config whose requests must have one response each.
     *
     * @throws InferException if the model is not decoupled
     */
    static void check(ModelConfig config, String backend) {
        if (!config.getModelTransactionPolicy().getDecoupled()) {
            throw InferException.invalid("model '" + config.getName() + "' of backend '" + backend
                    + "' answers a request with any number of responses: its config must say "
                    + "model_transaction_policy { decoupled: true }");
        }
    }

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
