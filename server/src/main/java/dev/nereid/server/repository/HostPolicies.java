package dev.nereid.server.repository;

import dev.nereid.memory.ThreadAffinity;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the threads of instances run: settings by the names that instance groups call them by. An instance without a
 * policy of its own has the one of its kind, {@code cpu} or {@code model}. Immutable.
 *
 * @param settings policy name to its settings, {@code cpu-cores} and {@code numa-node}
 */
public record HostPolicies(Map<String, Map<String, String>> settings) {
    /** No settings: every thread runs where the system puts it. */
    public static final HostPolicies NONE = new HostPolicies(Map.of());

    private static final String CORES = "cpu-cores";
    private static final String NODE = "numa-node";
    private static final Pattern RANGE = Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?");
    private static final Path NODES = Path.of("/sys/devices/system/node");

    public HostPolicies {
        Map<String, Map<String, String>> copy = new LinkedHashMap<>();
        settings.forEach((policy, values) -> copy.put(policy, Map.copyOf(values)));
        settings = Collections.unmodifiableMap(copy);
    }

    /**
     * Checks one setting.
     *
     * @throws IllegalArgumentException if there is no such setting, or it cannot have that value
     */
    public static void check(String setting, String value) {
        switch (setting) {
            case CORES -> {
                SortedSet<Integer> _ = processors(value);
            }
            case NODE -> {
                if (!value.matches("-1|[0-9]{1,5}")) {
                    throw new IllegalArgumentException(NODE + " is the number of a node, got '" + value + "'");
                }
            }
            default ->
                throw new IllegalArgumentException(
                        "expected setting " + CORES + " or " + NODE + ", got '" + setting + "'");
        }
    }

    /** The name of the policy that a group's instances have. */
    static String name(ModelInstanceGroup group) {
        if (!group.getHostPolicy().isEmpty()) {
            return group.getHostPolicy();
        }
        return switch (group.getKind()) {
            case KIND_MODEL -> "model";
            case KIND_GPU -> "gpu_" + group.getGpus(0);
            default -> "cpu";
        };
    }

    /**
     * The processors that a policy keeps threads on; empty for all.
     *
     * @throws ModelLoadException if this machine does not have or lend them
     */
    Set<Integer> processors(String policy, String model) {
        Map<String, String> values = settings.getOrDefault(policy, Map.of());
        Optional<SortedSet<Integer>> wanted = Optional.ofNullable(values.get(CORES))
                .map(HostPolicies::processors)
                .or(() -> Optional.ofNullable(values.get(NODE))
                        .filter(node -> !node.equals("-1"))
                        .map(node -> ofNode(node, policy, model)));
        if (wanted.isEmpty()) {
            return Set.of();
        }
        String what = "host policy '" + policy + "' of model '" + model + "' ";
        if (!ThreadAffinity.isSupported()) {
            throw ModelLoadException.invalid(what + "names processors, but this system cannot keep threads on them");
        }
        SortedSet<Integer> usable = ThreadAffinity.current();
        if (!usable.containsAll(wanted.get())) {
            throw ModelLoadException.invalid(
                    what + "wants processors " + wanted.get() + ", but this server may use " + usable);
        }
        return wanted.get();
    }

    private static SortedSet<Integer> ofNode(String node, String policy, String model) {
        Path list = NODES.resolve("node" + node).resolve("cpulist");
        try {
            return processors(Files.readString(list).strip());
        } catch (IOException e) {
            throw new ModelLoadException(
                    InferException.Code.INVALID_ARG,
                    "host policy '" + policy + "' of model '" + model + "' wants NUMA node " + node
                            + ", which this machine does not have",
                    e);
        }
    }

    /** Reads {@code 0-3,8}. */
    private static SortedSet<Integer> processors(String text) {
        SortedSet<Integer> processors = new TreeSet<>();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part);
            int first = range.matches() ? Integer.parseInt(range.group(1)) : -1;
            int last = first < 0 || range.group(2) == null ? first : Integer.parseInt(range.group(2));
            if (first < 0 || last < first) {
                throw new IllegalArgumentException(
                        CORES + " are ranges such as 0-3, the lower number first, got '" + text + "'");
            }
            for (int processor = first; processor <= last; processor++) {
                processors.add(processor);
            }
        }
        return processors;
    }
}
