package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.proto.inference.ModelMetrics;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.repository.config.BackendNames;
import dev.nereid.server.repository.config.ConfigFields;
import dev.nereid.server.repository.config.ModelConfigChecks;
import dev.nereid.server.repository.config.ModelConfigDefaults;
import dev.nereid.server.repository.config.WarmupParameters;
import dev.nereid.server.repository.folders.ModelFiles;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.repository.folders.VersionFolders;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.SharedDevice;
import dev.nereid.server.schedule.sequence.SequenceScheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a version's folder to a model that answers requests. Any thread; loads run side by side. */
final class VersionLoader {
    private static final String FIRST_RESPONSE = "nv_inference_first_response_histogram_ms";

    private static final String MAX_BATCH_SIZE = "default-max-batch-size";
    private static final String DEFAULT_MAX_BATCH_SIZE = "4";

    private static final String UPLOADS = "allow-uploaded-code";

    /** The setting of a backend that has all signatures of its models loaded. */
    private static final String SIGNATURES = "signatures";

    private static final String ALL_SIGNATURES = "all";

    private static final Logger LOG = LoggerFactory.getLogger(VersionLoader.class);

    private final RepositoryConfig repository;
    private final Backends backends;
    private final EnsembleLoader ensembles;
    private final SharedResources shared;
    private final Clock clock;
    /** The processors, as models under the adaptive policy share them. */
    private final SharedDevice device = new SharedDevice();

    VersionLoader(
            RepositoryConfig repository,
            Backends backends,
            EnsembleLoader ensembles,
            SharedResources shared,
            Clock clock) {
        this.repository = repository;
        this.backends = backends;
        this.ensembles = ensembles;
        this.shared = shared;
        this.clock = clock;
    }

    /**
     * Loads one version and blocks until it is ready.
     *
     * @throws ModelLoadException if it cannot be loaded; nothing of it stays behind
     */
    Model load(ModelSource source, long version) {
        ModelLoadException failure = null;
        for (int attempt = 0; attempt <= repository.loadRetries(); attempt++) {
            try {
                return attempt(source, version);
            } catch (ModelLoadException e) {
                failure = e;
            } catch (InferException e) {
                failure = new ModelLoadException(e.code(), explained(source, version, e), e);
            } catch (RuntimeException | Error e) {
                LOG.error("loading model '{}' version {} failed", source.id(), version, e);
                failure = new ModelLoadException(Code.INTERNAL, String.valueOf(e.getMessage()), e);
            }
        }
        throw failure == null ? new IllegalStateException("no attempt was made") : failure;
    }

    /** Where a file is missing, with what there is in its place. */
    private static String explained(ModelSource source, long version, InferException e) {
        return e.code() == Code.NOT_FOUND
                ? source.noFileAdvice(version, source.config().getDefaultModelFilename())
                        .map(advice -> e.text() + "; " + advice)
                        .orElse(e.text())
                : e.text();
    }

    /**
     * Brings a running model in line with a source that has the same files. If the completed configs differ in instance groups
     * and version policy alone, the model goes on: instances that fit stay, new ones are added, surplus ones finish their batch
     * and are closed. Else the version is loaded anew.
     *
     * @return the same model, or the new one
     * @throws ModelLoadException if a new instance cannot be made, or the version cannot be loaded; nothing has changed then
     */
    Model reload(Model running, ModelSource source) {
        if (running.hasFurtherSignatures()) {
            return load(source, running.version());
        }
        ModelConfig config;
        try {
            config = complete(source, running.version());
        } catch (RuntimeException e) {
            return load(source, running.version()); // which tries again and says what is wrong
        }
        if (!withoutInstances(config).equals(withoutInstances(running.config()))) {
            return load(source, running.version());
        }
        try {
            running.update(config);
            return running;
        } catch (InferException e) {
            throw new ModelLoadException(e.code(), e.text(), e);
        }
    }

    private static ModelConfig withoutInstances(ModelConfig config) {
        return config.toBuilder().clearInstanceGroup().clearVersionPolicy().build();
    }

    private Model attempt(ModelSource source, long version) {
        long start = clock.nanos();
        Path folder = source.versionFolder(version);
        ModelConfig config = complete(source, version);
        ConfigFields.warnings(source.config(), shared.fields())
                .forEach(text -> LOG.warn("model '{}': {}", source.id(), text));
        if (EnsembleLoader.isEnsemble(config)) {
            return ensembles.load(source, version, config, options(config, false), start);
        }
        Backend backend = backend(config);
        checkUploads(source, backend);
        ModelStatistics statistics = new ModelStatistics(options(config, backend.countsResponses()));
        Model model = load(source, config, version, statistics, start);
        if (repository.backendSetting(backend.name(), SIGNATURES, "").equals(ALL_SIGNATURES)) {
            try {
                loadSignatures(model, source, backend, folder);
            } catch (RuntimeException | Error e) {
                model.retire(null);
                throw e;
            }
        }
        return model;
    }

    private Model load(
            ModelSource source, ModelConfig config, long version, ModelStatistics statistics, long startNanos) {
        Backend backend = backend(config);
        Map<String, List<String>> labels = ModelLabels.read(config, source.folder());
        String what = "model '" + source.id() + "' version " + version;
        try (MemoryLimit.Reservation _ =
                repository.memoryLimit().reserve(source.files().bytes(version), what)) {
            BackendModel loaded = backend.load(config, source.versionFolder(version));
            return assemble(source, config, version, backend, loaded, labels, statistics, startNanos);
        }
    }

    /**
     * Loads what the version's files have beside the signature that the model is of, which owns them from then on. What cannot be
     * loaded is told to who calls it.
     */
    private void loadSignatures(Model model, ModelSource source, Backend backend, Path folder) {
        List<Backend.NamedSignature> names = backend.signatures(BackendNames.complete(source.config(), folder), folder);
        if (names.isEmpty()) {
            return;
        }
        List<ModelSignature> all = new ArrayList<>(List.of(named(model, names.getFirst())));
        List<Model> models = new ArrayList<>();
        Map<String, String> failures = new HashMap<>();
        try {
            for (Backend.NamedSignature signature : names.subList(1, names.size())) {
                try {
                    ModelConfig config = complete(source, signature.config(), model.version(), true);
                    Model loaded = load(source, config, model.version(), model.statistics(), clock.nanos());
                    ModelSignature own = named(loaded, signature);
                    loaded.signatures(ModelSignatures.only(own));
                    all.add(own);
                    models.add(loaded);
                } catch (ModelLoadException | InferException e) {
                    String reason = String.valueOf(e.getMessage());
                    LOG.warn(
                            "model '{}' version {}: its signature '{}' cannot be called: {}",
                            source.id(),
                            model.version(),
                            signature.name(),
                            reason);
                    failures.put(signature.name(), reason);
                }
            }
        } finally {
            model.signatures(new ModelSignatures(all, models, failures));
        }
    }

    private static ModelSignature named(Model model, Backend.NamedSignature signature) {
        return model.signatures().getFirst().named(signature.name(), signature.method());
    }

    private ModelConfig complete(ModelSource source, long version) {
        return complete(source, source.config(), version, repository.autoComplete());
    }

    /** @param fromFile whether the backend completes the config with what the files say */
    private ModelConfig complete(ModelSource source, ModelConfig own, long version, boolean fromFile) {
        if (EnsembleLoader.isEnsemble(own)) {
            return ensembles.complete(source.id(), own);
        }
        Path folder = source.versionFolder(version);
        ModelConfig config = BackendNames.complete(own, folder);
        Backend backend = backend(config);
        if (fromFile) {
            boolean open = config.getInputCount() == 0 || config.getOutputCount() == 0;
            config = backend.complete(config, folder, defaultMaxBatchSize(backend.name(), open));
        }
        config = ModelConfigDefaults.apply(config, backend.gpus(), repository.preferGpu());
        if (repository.preferAdaptive()) {
            config = Schedulers.preferAdaptive(config);
        }
        ModelConfigChecks.check(config, backend.gpus(), backend.gpuReport());
        ModelConfigChecks.checkTensors(config);
        return config;
    }

    /** Code comes from the repository alone, unless the server's owner lets clients send it. */
    private void checkUploads(ModelSource source, Backend backend) {
        if (source.override()
                && backend.runsModelCode()
                && !repository.backendSetting(backend.name(), UPLOADS, "false").equals("true")) {
            throw new ModelLoadException(
                    Code.UNSUPPORTED,
                    "model '" + source.id() + "' came with a load request and is code of backend '" + backend.name()
                            + "', which this server runs from its repository alone: --backend-config="
                            + backend.name() + "," + UPLOADS + "=true allows it");
        }
    }

    /** What the model shares with others. One that waits for them shares nothing: they would wait for it. */
    private SharedDevice device(Backend backend) {
        return backend.runsModelCode() ? new SharedDevice() : device;
    }

    private Backend backend(ModelConfig config) {
        Backend backend = backends.find(config.getBackend())
                .orElseThrow(() -> ModelLoadException.invalid(BackendNames.notAvailable(config)));
        BackendNames.checkRuntime(config);
        return backend;
    }

    private Model assemble(
            ModelSource source,
            ModelConfig config,
            long version,
            Backend backend,
            BackendModel backendModel,
            Map<String, List<String>> labels,
            ModelStatistics statistics,
            long startNanos) {
        List<Lane> lanes = List.of();
        ModelInstances instances = new ModelInstances(
                backendModel, repository.hostPolicies(), shared.limiter().newModel(), backend.runsModelCode());
        Path modelFolder = source.folder();
        Scheduler scheduler;
        Optional<RequestRecorder> recorder;
        try {
            try (WarmupSamples samples = new WarmupSamples(config, modelFolder, statistics, clock)) {
                lanes = instances.change(config, samples::run).added();
                recorder = recorder(source, config, samples);
            }
            scheduler = shared.cached(
                    config.hasSequenceBatching()
                            ? SequenceScheduler.of(config, modelFolder, lanes, statistics, clock)
                            : Schedulers.of(
                                    config, lanes, statistics, clock, device(backend), backendModel.textLengths()),
                    config,
                    ModelDigest.of(source, config, version),
                    statistics,
                    clock);
        } catch (RuntimeException | Error e) {
            lanes.forEach(Lane::close);
            instances.close();
            backendModel.close();
            throw e;
        }
        String what = "model '" + source.id() + "' version " + version;
        RunningInstances running = new RunningInstances(
                what,
                config,
                newConfig -> {
                    try (WarmupSamples samples = new WarmupSamples(newConfig, modelFolder, statistics, clock)) {
                        return instances.change(newConfig, samples::run);
                    }
                },
                scheduler,
                statistics,
                present -> repository.memoryLimit().reserve(backendModel.memoryBytes() / present, what));
        Optional<InstanceScaler> scaler = running.scales()
                ? Optional.of(new InstanceScaler(
                        what,
                        scheduler,
                        running,
                        clock,
                        Thread.ofPlatform().daemon().name("scale-" + config.getName())::start))
                : Optional.empty();
        Duration loadTime = Duration.ofNanos(clock.nanos() - startNanos);
        return new Model(
                new Model.Description(source.id(), version, config, labels, loadTime),
                scheduler,
                statistics,
                new BackendExecution(
                        backendModel, scheduler, instances, running, scaler, recorder, runsAlone(config, backend)));
    }

    /** Whether an instance that nobody else uses is made at no cost, and nobody notices that it runs. */
    private static boolean runsAlone(ModelConfig config, Backend backend) {
        return backend.runsWithoutTrace()
                && config.getInstanceGroupList().stream()
                        .anyMatch(group -> group.getKind() == ModelInstanceGroup.Kind.KIND_CPU);
    }

    /** What records the model's requests, where its config wants that and it has a folder that stays. */
    private static Optional<RequestRecorder> recorder(ModelSource source, ModelConfig config, WarmupSamples samples) {
        int most = WarmupParameters.of(config).mostRecorded();
        return most == 0 || source.override() || source.files() instanceof ModelFiles.SingleFile
                ? Optional.empty()
                : Optional.of(new RequestRecorder(
                        config,
                        source.folder().resolve(VersionFolders.WARMUP),
                        most,
                        samples.recordedKinds(),
                        Thread.ofVirtual().name("record-" + config.getName())::start));
    }

    private StatisticsOptions options(ModelConfig config, boolean responses) {
        List<Double> buckets = List.of();
        for (ModelMetrics.MetricControl control : config.getModelMetrics().getMetricControlList()) {
            String family = control.getMetricIdentifier().getFamily();
            if (family.equals(FIRST_RESPONSE)) {
                buckets = control.getHistogramOptions().getBucketsList();
            } else {
                LOG.warn(
                        "Metric family '{}' in 'metric_identifier' is not a customizable metric in Triton core.",
                        family);
            }
        }
        return new StatisticsOptions(
                config.getModelTransactionPolicy().getDecoupled(),
                responses && config.getModelTransactionPolicy().getDecoupled(),
                config.getResponseCache().getEnable() && shared.cache().isPresent(),
                repository.latencies(),
                buckets);
    }

    /** @param used whether it matters: the log says then, in Triton's words, what it is */
    private int defaultMaxBatchSize(String backend, boolean used) {
        String text = repository.backendSetting(backend, MAX_BATCH_SIZE, "");
        if (used) {
            LOG.debug(
                    "{}: {},{}",
                    text.isEmpty() ? "Adding default backend config setting" : "Found overwritten default setting",
                    MAX_BATCH_SIZE,
                    text.isEmpty() ? DEFAULT_MAX_BATCH_SIZE : text);
        }
        if (text.isEmpty()) {
            text = DEFAULT_MAX_BATCH_SIZE;
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new ModelLoadException(
                    Code.INVALID_ARG,
                    "--backend-config=" + backend + ",default-max-batch-size: expected a number, got '" + text + "'",
                    e);
        }
    }
}
