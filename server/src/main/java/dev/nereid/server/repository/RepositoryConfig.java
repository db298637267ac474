package dev.nereid.server.repository;

import dev.nereid.server.observe.LatencyConfig;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.ModelFolders;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How a model repository is read and loaded.
 *
 * @param roots where models lie, at least one
 * @param pollInterval time between two scans for {@link ControlMode#POLL}, else between two readings of the traffic
 *     documents; 0 for none
 * @param startupModels models to load at start in {@link ControlMode#EXPLICIT}; {@code *} alone stands for all
 * @param namespacing whether models of different roots may have one name
 * @param configs reads the models' configs
 * @param autoComplete whether backends complete a config from the model file
 * @param strictReadiness whether the server is ready only while every model is
 * @param loadThreads models loaded at the same time, at least 1
 * @param loadRetries further attempts after a failed load
 * @param memoryLimit native memory that models may take
 * @param modelMemoryBudget bytes that loaded models may take in {@link ControlMode#ON_DEMAND}, at least 1
 * @param backendConfig backend name to its settings; the settings under the empty name hold for every backend
 * @param hostPolicies where the threads of instances run
 * @param latencies which latencies of models are counted
 * @param preferAdaptive whether models that name no scheduling policy get the adaptive one, where they can
 * @param preferGpu whether instance groups whose kind is left to the server are on GPUs, where they can
 * @param shadowDifferences the file that gets samples of what shadows answer differently; empty for the log
 */
public record RepositoryConfig(
        List<RepositoryRoot> roots,
        ControlMode mode,
        Duration pollInterval,
        List<String> startupModels,
        boolean namespacing,
        ModelConfigReader configs,
        boolean autoComplete,
        boolean strictReadiness,
        int loadThreads,
        int loadRetries,
        MemoryLimit memoryLimit,
        long modelMemoryBudget,
        Map<String, Map<String, String>> backendConfig,
        HostPolicies hostPolicies,
        LatencyConfig latencies,
        boolean preferAdaptive,
        boolean preferGpu,
        Optional<Path> shadowDifferences) {
    public RepositoryConfig {
        roots = List.copyOf(roots);
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(pollInterval, "pollInterval");
        startupModels = List.copyOf(startupModels);
        Objects.requireNonNull(configs, "configs");
        Objects.requireNonNull(memoryLimit, "memoryLimit");
        Objects.requireNonNull(hostPolicies, "hostPolicies");
        Objects.requireNonNull(latencies, "latencies");
        backendConfig = Map.copyOf(backendConfig);
        if (roots.isEmpty()) {
            throw new IllegalArgumentException("--model-repository must be specified");
        }
        if (loadThreads < 1 || loadRetries < 0) {
            throw new IllegalArgumentException(
                    "expected at least 1 load thread and 0 load retries, got " + loadThreads + " and " + loadRetries);
        }
        if (modelMemoryBudget < 1) {
            throw new IllegalArgumentException("expected a positive memory budget of models, got " + modelMemoryBudget);
        }
        if (startupModels.size() > 1 && startupModels.contains("*")) {
            throw new IllegalArgumentException(
                    "Wildcard model name '*' must be the ONLY startup model " + "if specified at all.");
        }
        startupModels.stream().filter(name -> !isModelName(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException("startup models: " + noModelName(name));
        });
    }

    /** Whether a text can name a model: a folder directly in a repository, never a path that leads out of it. */
    public static boolean isModelName(String text) {
        return ModelFolders.isName(text);
    }

    /** Says what is wrong with a text that names no model. */
    public static String noModelName(String text) {
        return "expected the name of a model, which is a folder of the repository and no path, got '" + text + "'";
    }

    /** The defaults of the command line for some folders. */
    public static RepositoryConfig of(Path... roots) {
        return of(Arrays.stream(roots)
                .<RepositoryRoot>map(RepositoryRoot.Local::new)
                .toList());
    }

    /** The defaults of the command line for some roots. */
    public static RepositoryConfig of(List<RepositoryRoot> roots) {
        return new RepositoryConfig(
                roots,
                ControlMode.NONE,
                Duration.ofSeconds(15),
                List.of(),
                false,
                new ModelConfigReader("", false),
                true,
                true,
                4,
                0,
                MemoryLimit.ofMachine(),
                Long.MAX_VALUE,
                Map.of(),
                HostPolicies.NONE,
                LatencyConfig.DEFAULT,
                false,
                false,
                Optional.empty());
    }

    /** This configuration with other settings of backends. */
    public RepositoryConfig withBackendConfig(Map<String, Map<String, String>> newBackendConfig) {
        return new RepositoryConfig(
                roots,
                mode,
                pollInterval,
                startupModels,
                namespacing,
                configs,
                autoComplete,
                strictReadiness,
                loadThreads,
                loadRetries,
                memoryLimit,
                modelMemoryBudget,
                newBackendConfig,
                hostPolicies,
                latencies,
                preferAdaptive,
                preferGpu,
                shadowDifferences);
    }

    /** This configuration under another control mode. */
    public RepositoryConfig withMode(ControlMode newMode, List<String> newStartupModels) {
        return new RepositoryConfig(
                roots,
                newMode,
                pollInterval,
                newStartupModels,
                namespacing,
                configs,
                autoComplete,
                strictReadiness,
                loadThreads,
                loadRetries,
                memoryLimit,
                modelMemoryBudget,
                backendConfig,
                hostPolicies,
                latencies,
                preferAdaptive,
                preferGpu,
                shadowDifferences);
    }

    /** This configuration with models that are loaded on demand, and that may take so many bytes together. */
    public RepositoryConfig onDemand(long newModelMemoryBudget) {
        return new RepositoryConfig(
                roots,
                ControlMode.ON_DEMAND,
                pollInterval,
                startupModels,
                namespacing,
                configs,
                autoComplete,
                strictReadiness,
                loadThreads,
                loadRetries,
                memoryLimit,
                newModelMemoryBudget,
                backendConfig,
                hostPolicies,
                latencies,
                preferAdaptive,
                preferGpu,
                shadowDifferences);
    }

    /** This configuration with models of different roots told apart, or not. */
    public RepositoryConfig withNamespacing(boolean newNamespacing) {
        return new RepositoryConfig(
                roots,
                mode,
                pollInterval,
                startupModels,
                newNamespacing,
                configs,
                autoComplete,
                strictReadiness,
                loadThreads,
                loadRetries,
                memoryLimit,
                modelMemoryBudget,
                backendConfig,
                hostPolicies,
                latencies,
                preferAdaptive,
                preferGpu,
                shadowDifferences);
    }

    /** This configuration with other numbers of models that load at the same time and of further attempts. */
    public RepositoryConfig withLoading(int newLoadThreads, int newLoadRetries) {
        return new RepositoryConfig(
                roots,
                mode,
                pollInterval,
                startupModels,
                namespacing,
                configs,
                autoComplete,
                strictReadiness,
                newLoadThreads,
                newLoadRetries,
                memoryLimit,
                modelMemoryBudget,
                backendConfig,
                hostPolicies,
                latencies,
                preferAdaptive,
                preferGpu,
                shadowDifferences);
    }

    /** This configuration with other host policies. */
    public RepositoryConfig withHostPolicies(HostPolicies newHostPolicies) {
        return new RepositoryConfig(
                roots,
                mode,
                pollInterval,
                startupModels,
                namespacing,
                configs,
                autoComplete,
                strictReadiness,
                loadThreads,
                loadRetries,
                memoryLimit,
                modelMemoryBudget,
                backendConfig,
                newHostPolicies,
                latencies,
                preferAdaptive,
                preferGpu,
                shadowDifferences);
    }

    /** A setting of a backend, its own before the general one; {@code fallback} where neither is given. */
    public String backendSetting(String backend, String key, String fallback) {
        String general = backendConfig.getOrDefault("", Map.of()).getOrDefault(key, fallback);
        return backendConfig.getOrDefault(backend, Map.of()).getOrDefault(key, general);
    }
}
