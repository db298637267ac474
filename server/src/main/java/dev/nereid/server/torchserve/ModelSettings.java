package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.torchserve.archive.FrontEndConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * What one place says of a model version: the property {@code models}, a snapshot, or a request to register it. Each number is empty
 * where the place does not say it.
 *
 * @param defaultVersion whether requests that name no version mean this one
 * @param archive name in the model store, or URL; empty where it is not said
 * @param numbers by TorchServe's keys, among {@link #NUMBERS}
 */
public record ModelSettings(boolean defaultVersion, String archive, Map<String, Long> numbers) {
    /** The numbers that there are, with the least value of each. */
    static final Map<String, Integer> NUMBERS = new TreeMap<>(Map.of(
            "minWorkers", 0,
            "maxWorkers", 0,
            "batchSize", 1,
            "maxBatchDelay", 0,
            "responseTimeout", 1,
            "startupTimeout", 1,
            "jobQueueSize", 1,
            "clientTimeoutInMills", 0,
            "maxRetryTimeoutInSec", 0));

    public ModelSettings {
        numbers = Map.copyOf(numbers);
    }

    /** Nothing but where the archive is. */
    static ModelSettings of(String archive) {
        return new ModelSettings(false, archive, Map.of());
    }

    /** A number: from here, else from the archive's config, else the default. */
    long number(String key, FrontEndConfig archived, long whenAbsent) {
        Long here = numbers.get(key);
        if (here != null) {
            return here;
        }
        OptionalLong there = archived.number(key);
        return there.isPresent() ? Math.max(there.getAsLong(), NUMBERS.getOrDefault(key, 0)) : whenAbsent;
    }

    /** These settings with a number more. */
    ModelSettings with(String key, long value) {
        Map<String, Long> more = new LinkedHashMap<>(numbers);
        more.put(key, value);
        return new ModelSettings(defaultVersion, archive, more);
    }

    /**
     * Reads {@code {name: {version: {settings}}}}.
     *
     * @throws InferException if it is none of that kind
     */
    static Map<String, Map<String, ModelSettings>> readAll(String key, JsonValue root) {
        Map<String, Map<String, ModelSettings>> models = new LinkedHashMap<>();
        forEach(key, root, (name, versions) -> {
            Map<String, ModelSettings> read = new LinkedHashMap<>();
            forEach(key + "." + name, versions, (version, settings) -> read.put(version, read(key, settings)));
            models.put(name, read);
        });
        return models;
    }

    private static void forEach(String what, JsonValue value, BiConsumer<String, JsonValue> visitor) {
        if (!value.isObject()) {
            throw InferException.invalid(what + ": expected an object, got " + value.excerpt(80));
        }
        value.forEachMember(visitor);
    }

    private static ModelSettings read(String key, JsonValue value) {
        boolean[] isDefault = new boolean[1];
        String[] archive = {""};
        Map<String, Long> numbers = new LinkedHashMap<>();
        forEach(key, value, (name, member) -> {
            if (name.equals("defaultVersion") && member.isBool()) {
                isDefault[0] = member.asBool();
            } else if (name.equals("marName") && member.isString()) {
                archive[0] = member.asString();
            } else if (NUMBERS.containsKey(name)) {
                if (!member.isLong()
                        || member.asLong() < NUMBERS.getOrDefault(name, 0)
                        || member.asLong() > Integer.MAX_VALUE) {
                    throw InferException.invalid(key + ": expected " + name + " as a whole number from "
                            + NUMBERS.getOrDefault(name, 0) + " on, got " + member.excerpt(80));
                }
                numbers.put(name, member.asLong());
            }
        });
        return new ModelSettings(isDefault[0], archive[0], numbers);
    }
}
