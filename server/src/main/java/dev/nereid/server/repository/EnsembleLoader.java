package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelEnsembling.Step;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.repository.config.EnsembleConfigChecks;
import dev.nereid.server.repository.config.ModelConfigChecks;
import dev.nereid.server.repository.config.ModelConfigDefaults;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.ensemble.EnsembleScheduler;
import dev.nereid.server.schedule.ensemble.StepModels;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Makes models of ensembles: they have no files and no instances, only the models of their steps. Any thread. */
final class EnsembleLoader {
    private final ModelCatalog catalog;
    private final SharedResources shared;
    private final Clock clock;

    /** @param catalog has the models of the steps */
    EnsembleLoader(ModelCatalog catalog, SharedResources shared, Clock clock) {
        this.catalog = catalog;
        this.shared = shared;
        this.clock = clock;
    }

    /** Whether a config is an ensemble's, or tries to be. */
    static boolean isEnsemble(ModelConfig config) {
        return config.getPlatform().equals(EnsembleConfigChecks.PLATFORM) || config.hasEnsembleScheduling();
    }

    /**
     * Completes and checks an ensemble's config against the models that are ready now. Completing twice changes nothing.
     *
     * @param bound says of each step in which namespace its model is
     * @throws ModelLoadException with the first thing that is wrong
     */
    ModelConfig complete(ModelId id, ModelConfig bound) {
        ModelConfig config = ModelConfigDefaults.apply(bound);
        ModelConfigChecks.check(config);
        ModelConfigChecks.checkTensors(config);
        boolean decoupled =
                EnsembleTensors.check(id, config, step -> model(id, step).config());
        ModelConfig.Builder complete = config.toBuilder();
        complete.getModelTransactionPolicyBuilder().setDecoupled(decoupled);
        ModelConfigChecks.check(complete.build());
        return complete.build();
    }

    /**
     * The model of a step as it is ready now.
     *
     * @throws ModelLoadException in Triton's words if there is none
     */
    private Model model(ModelId ensemble, Step step) {
        ModelId id = ModelId.of(step);
        List<Model> ready = catalog.existing(id).map(ModelEntry::ready).orElse(List.of());
        String start = "ensemble '" + ensemble + "' depends on '" + id + "' ";
        if (ready.isEmpty()) {
            String problem = catalog.existing(id).map(ModelEntry::problem).orElse("");
            if (!problem.isEmpty()) {
                throw ModelLoadException.invalid(
                        start + "which is not valid. Model '" + id + "' failed with error: " + problem);
            }
            String failure = catalog.existing(id).map(ModelEntry::failure).orElse("");
            throw ModelLoadException.invalid(start + "which has no loaded version."
                    + (failure.isEmpty() ? "" : " Model '" + id + "' loading failed with error: " + failure));
        }
        long version = step.getModelVersion();
        return version == -1
                ? ready.getLast()
                : ready.stream()
                        .filter(model -> model.version() == version)
                        .findFirst()
                        .orElseThrow(() -> ModelLoadException.invalid(
                                start + "whose required version " + version + " is not loaded."));
    }

    /**
     * Makes a model.
     *
     * @param config complete
     * @param startNanos when loading began
     */
    Model load(ModelSource source, long version, ModelConfig config, StatisticsOptions options, long startNanos) {
        ModelStatistics statistics = new ModelStatistics(options);
        Scheduler scheduler = shared.cached(
                new EnsembleScheduler(config, version, models(config), statistics, clock),
                config,
                ModelDigest::ofNoOther,
                statistics,
                clock);
        Map<String, List<String>> labels = labels(config, source);
        Duration loadTime = Duration.ofNanos(clock.nanos() - startNanos);
        return new Model(
                new Model.Description(source.id(), version, config, labels, loadTime),
                scheduler,
                statistics,
                new EnsembleExecution(scheduler));
    }

    /** Finds the models of the steps in the namespaces that they are bound to: one for each name. */
    private StepModels models(ModelConfig config) {
        Map<String, ModelId> models = new HashMap<>();
        config.getEnsembleScheduling().getStepList().forEach(step -> models.put(step.getModelName(), ModelId.of(step)));
        return (name, version) -> catalog.hold(Objects.requireNonNull(models.get(name), name), version);
    }

    /** The ensemble's labels; for outputs that name no file those of the step's model. */
    private Map<String, List<String>> labels(ModelConfig config, ModelSource source) {
        Map<String, List<String>> labels = new HashMap<>(ModelLabels.read(config, source.folder()));
        for (Step step : config.getEnsembleScheduling().getStepList()) {
            step.getOutputMapMap().forEach((output, tensor) -> {
                if (config.getOutputList().stream().map(ModelOutput::getName).anyMatch(tensor::equals)) {
                    labels.putIfAbsent(tensor, model(source.id(), step).labels(output));
                }
            });
        }
        return labels;
    }
}
