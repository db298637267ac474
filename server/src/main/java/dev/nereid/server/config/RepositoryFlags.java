package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.repository.ControlMode;
import dev.nereid.server.repository.HostPolicies;
import dev.nereid.server.repository.MemoryLimit;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.repository.config.ConfigVariables;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** From the flags of the model repository to its configuration. */
public final class RepositoryFlags {
    private static final Pattern LOAD_LIMIT = Pattern.compile("(?<device>-?[0-9]+):(?<fraction>-?[0-9]*\\.?[0-9]+)");

    /** So much of the server's native memory is for requests in flight. */
    private static final int REQUEST_SHARE = 2;

    private static final long LEAST_REQUEST_BYTES = 32L << 20;

    private RepositoryFlags() {}

    /**
     * The repositories that were named, by flags and then by arguments, in order; empty where none was.
     *
     * @param environment where Vertex AI names the one that counts if no flag does, and who may read remote ones
     */
    public static List<RepositoryRoot> roots(ParsedFlags flags, Map<String, String> environment) {
        List<String> folders = flags.texts("model-repository", "model-store");
        String storage = environment.getOrDefault("AIP_STORAGE_URI", "");
        if (folders.contains("")) {
            throw CommandLineException.badOption("model-repository", "expected a folder, got an empty value");
        }
        if (folders.isEmpty() && flags.operands().isEmpty() && !storage.isEmpty()) {
            folders = List.of(storage);
        }
        try {
            return Stream.concat(
                            folders.stream().map(folder -> RepositoryRoot.parse(folder, environment)),
                            flags.operands().stream().map(path -> RepositoryRoot.parseOperand(path, environment)))
                    .toList();
        } catch (IllegalArgumentException e) {
            throw CommandLineException.badOption("model-repository", String.valueOf(e.getMessage()));
        }
    }

    static RepositoryConfig read(ParsedFlags flags, List<RepositoryRoot> roots, Map<String, String> environment) {
        ControlMode mode = flags.text("model-control-mode")
                .map(text -> ControlMode.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_')))
                .orElse(ControlMode.NONE);
        List<String> startupModels = flags.texts("load-model");
        if (!startupModels.isEmpty() && (mode == ControlMode.NONE || mode == ControlMode.POLL)) {
            throw new CommandLineException(
                    "Error: Use of '--load-model' requires setting " + "'--model-control-mode=explicit' as well.");
        }
        String configName = flags.text("model-config-name").orElse("");
        if (flags.has("model-config-name") && configName.isEmpty()) {
            throw CommandLineException.badOption("model-config-name", "Error: empty argument for --model-config-name");
        }
        if (configName.contains(" ")) {
            throw CommandLineException.badOption(
                    "model-config-name", "Expected a name without blanks. Got '" + configName + "'");
        }
        if (startupModels.size() > 1 && startupModels.contains("*")) {
            throw new CommandLineException(
                    "Wildcard model name '*' must be the ONLY startup model if specified at all.");
        }
        for (String name : startupModels) {
            if (!RepositoryConfig.isModelName(name)) {
                throw CommandLineException.badOption("load-model", RepositoryConfig.noModelName(name));
            }
        }
        flags.texts("model-load-gpu-limit").forEach(RepositoryFlags::checkLoadLimit);
        boolean strictConfig = flags.bool("strict-model-config", false) || flags.has("disable-auto-complete-config");
        MemoryLimit memoryLimit = flags.text("memory-limit")
                .map(text -> memoryLimit("memory-limit", text))
                .orElseGet(MemoryLimit::ofMachine);
        return new RepositoryConfig(
                roots,
                mode,
                pollInterval(flags),
                startupModels,
                flags.bool("model-namespacing", false),
                new ModelConfigReader(configName, strictConfig, configVariables(flags, environment)),
                !strictConfig,
                flags.bool("strict-readiness", true),
                Math.max(flags.integer("model-load-thread-count", 4), 1),
                Math.max(flags.integer("model-load-retry-count", 0), 0),
                memoryLimit,
                modelMemoryBudget(flags, mode, memoryLimit),
                backends(flags),
                hostPolicies(flags.texts("host-policy")),
                MetricsFlags.latencies(flags),
                preferAdaptive(flags.text("scheduler").orElse("triton")),
                flags.has("prefer-gpu"),
                flags.text("shadow-differences-file").map(Path::of));
    }

    /** Fronts of TensorFlow Serving's kind let a client choose among the signatures of a SavedModel. */
    private static Map<String, Map<String, String>> backends(ParsedFlags flags) {
        List<String> settings = new ArrayList<>();
        if (TensorflowFlags.isWanted(flags)) {
            settings.add("tensorflow," + BackendFlags.SIGNATURES + "=all");
        }
        settings.addAll(flags.texts("backend-config"));
        return BackendFlags.read(settings);
    }

    /** What models on demand may take: half of what the server may take unless a flag says otherwise, as requests may. */
    private static long modelMemoryBudget(ParsedFlags flags, ControlMode mode, MemoryLimit whole) {
        String flag = "model-memory-budget";
        if (flags.has(flag) && mode != ControlMode.ON_DEMAND) {
            throw CommandLineException.badOption(flag, "it goes with --model-control-mode=on-demand alone");
        }
        return flags.text(flag)
                .map(text -> memoryLimit(flag, text).bytes())
                .orElse(Math.max(whole.bytes() / REQUEST_SHARE, 1));
    }

    private static ConfigVariables configVariables(ParsedFlags flags, Map<String, String> environment) {
        String flag = "config-variables";
        return switch (flags.text(flag).orElse("off")) {
            case "off" -> ConfigVariables.NONE;
            case "local" -> new ConfigVariables(ConfigVariables.Scope.LOCAL, environment);
            case "all" -> new ConfigVariables(ConfigVariables.Scope.ALL, environment);
            case String other -> throw CommandLineException.badOption(flag, "Expected off, local or all. Got " + other);
        };
    }

    private static boolean preferAdaptive(String policy) {
        return switch (policy) {
            case "triton" -> false;
            case "adaptive" -> true;
            default -> throw CommandLineException.badOption("scheduler", "Expected triton or adaptive. Got " + policy);
        };
    }

    private static Duration pollInterval(ParsedFlags flags) {
        int seconds = flags.integer("repository-poll-secs", 15);
        if (seconds < 0) {
            throw CommandLineException.badOption("repository-poll-secs", "Expected at least 0. Got " + seconds);
        }
        return Duration.ofSeconds(seconds);
    }

    /** {@code <device>:<fraction>}: without effect, and yet wrong where Triton calls it so. */
    private static void checkLoadLimit(String text) {
        Matcher pair = LOAD_LIMIT.matcher(text);
        if (!pair.matches()) {
            throw CommandLineException.badOption("model-load-gpu-limit", "Expected <device>:<fraction>. Got " + text);
        }
        if (pair.group("device").startsWith("-")) {
            throw CommandLineException.badOption(
                    "model-load-gpu-limit", "expects device ID >= 0, got " + pair.group("device"));
        }
        double fraction = Double.parseDouble(pair.group("fraction"));
        if (fraction < 0 || fraction > 1) {
            throw CommandLineException.badOption(
                    "model-load-gpu-limit", "expects limit fraction to be in range [0.0, 1.0], got " + fraction);
        }
    }

    /** What requests may hold of native memory; half of what the server may take unless a flag says otherwise. */
    static long requestBytes(ParsedFlags flags, MemoryLimit whole) {
        String flag = "request-memory-limit";
        return flags.text(flag)
                .map(text -> memoryLimit(flag, text).bytes())
                .orElse(Math.max(whole.bytes() / REQUEST_SHARE, LEAST_REQUEST_BYTES));
    }

    private static MemoryLimit memoryLimit(String flag, String text) {
        try {
            return MemoryLimit.parse(text);
        } catch (IllegalArgumentException e) {
            throw CommandLineException.badOption(flag, String.valueOf(e.getMessage()));
        }
    }

    /** Reads {@code <policy>,<setting>=<value>}. */
    private static HostPolicies hostPolicies(List<String> settings) {
        Map<String, Map<String, String>> policies = new HashMap<>();
        for (String text : settings) {
            int comma = text.indexOf(',');
            int equals = text.indexOf('=');
            if (comma < 1 || equals < comma + 2) {
                throw CommandLineException.badOption(
                        "host-policy", "--host-policy option format is '<policy name>,<setting>=<value>'. Got " + text);
            }
            String setting = text.substring(comma + 1, equals);
            String value = text.substring(equals + 1);
            try {
                HostPolicies.check(setting, value);
            } catch (IllegalArgumentException e) {
                throw CommandLineException.badOption("host-policy", String.valueOf(e.getMessage()));
            }
            policies.computeIfAbsent(text.substring(0, comma), _ -> new HashMap<>())
                    .put(setting, value);
        }
        return new HostPolicies(policies);
    }
}
