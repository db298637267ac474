package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the batch strategy that a config asks for, and keeps what strategies throw away from the batcher. */
final class BatchStrategies {
    /** Every request that fits. */
    static final BatchStrategy.Opened ALL = new BatchStrategy.Opened() {
        private final BatchStrategy.Forming forming = new BatchStrategy.Forming() {
            @Override
            public boolean include(InferRequest request) {
                return true;
            }

            @Override
            public void close() {}
        };

        @Override
        public BatchStrategy.Forming begin() {
            return forming;
        }

        @Override
        public void close() {}
    };

    private static final Logger LOG = LoggerFactory.getLogger(BatchStrategies.class);

    private BatchStrategies() {}

    /**
     * The strategy that a config's parameter names, opened; {@link #ALL} where it names none.
     *
     * @throws InferException if there is no strategy of that name, or it does not take the model
     */
    static BatchStrategy.Opened open(ModelConfig config) {
        return open(
                config,
                ServiceLoader.load(BatchStrategy.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList());
    }

    static BatchStrategy.Opened open(ModelConfig config, List<BatchStrategy> known) {
        String name = config.getParametersMap()
                .getOrDefault(BatchStrategy.PARAMETER, ModelParameter.getDefaultInstance())
                .getStringValue();
        if (name.isEmpty()) {
            return ALL;
        }
        if (!config.hasDynamicBatching() || config.hasSequenceBatching()) {
            LOG.error("model '{}': batch strategy '{}' is for the dynamic batcher alone", config.getName(), name);
            return ALL;
        }
        TreeMap<String, BatchStrategy> byName = new TreeMap<>();
        known.forEach(strategy -> byName.put(strategy.name(), strategy));
        BatchStrategy strategy = Optional.ofNullable(byName.get(name))
                .orElseThrow(() -> InferException.invalid("parameter '" + BatchStrategy.PARAMETER + "' of model '"
                        + config.getName() + "': expected the name of a batch strategy on the class path, one of "
                        + byName.keySet() + ", got '" + name
                        + "'; shared libraries of Triton's cannot be loaded: implement "
                        + BatchStrategy.class.getName()));
        LOG.info("Loading custom batching strategy library {} for model {}", name, config.getName()); // Triton's words
        return new Guarded(strategy.open(config), config.getName(), name);
    }

    /** Goes on as if there were no strategy where one throws. */
    private record Guarded(BatchStrategy.Opened opened, String model, String name) implements BatchStrategy.Opened {
        @Override
        public BatchStrategy.Forming begin() {
            BatchStrategy.Forming forming;
            try {
                forming = opened.begin();
            } catch (RuntimeException | Error e) {
                return failed(e).begin();
            }
            return new BatchStrategy.Forming() {
                @Override
                public boolean include(InferRequest request) {
                    try {
                        return forming.include(request);
                    } catch (RuntimeException | Error e) {
                        failed(e);
                        return true;
                    }
                }

                @Override
                public void close() {
                    try {
                        forming.close();
                    } catch (RuntimeException | Error e) {
                        failed(e);
                    }
                }
            };
        }

        private BatchStrategy.Opened failed(Throwable e) {
            LOG.error("model '{}': batch strategy '{}' failed", model, name, e);
            return ALL;
        }

        @Override
        public void close() {
            opened.close();
        }
    }
}
