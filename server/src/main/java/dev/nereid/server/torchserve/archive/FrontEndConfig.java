package dev.nereid.server.torchserve.archive;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * What an archive's YAML file sets for the server, by TorchServe's keys. Other keys belong to handlers and are not kept.
 *
 * @param numbers that are not negative
 * @param deviceIds GPUs, by their numbers
 * @param inputs of the model, with the dim of the batch; a key of our own, for files that have no types
 */
public record FrontEndConfig(
        Map<String, Long> numbers,
        Map<String, String> texts,
        Map<String, Boolean> flags,
        List<Long> deviceIds,
        List<DeclaredPorts.Input> inputs) {
    /** An archive without such a file. */
    static final FrontEndConfig EMPTY = new FrontEndConfig(Map.of(), Map.of(), Map.of(), List.of(), List.of());

    private static final Set<String> NUMBERS = Set.of(
            "minWorkers",
            "maxWorkers",
            "batchSize",
            "maxBatchDelay",
            "responseTimeout",
            "startupTimeout",
            "parallelLevel",
            "maxRetryTimeoutInSec",
            "clientTimeoutInMills",
            "jobQueueSize",
            "sequenceMaxIdleMSec",
            "sequenceTimeoutMSec",
            "maxSequenceJobQueueSize",
            "maxNumSequence");
    private static final Set<String> TEXTS = Set.of("deviceType", "parallelType");
    private static final Set<String> FLAGS =
            Set.of("useJobTicket", "continuousBatching", "sequenceBatching", "asyncCommunication", "useVenv");
    private static final String DEVICE_IDS = "deviceIds";
    private static final String INPUTS = "inputs";
    private static final String INPUT = "{name: x, dataType: FP32, shape: [-1, 3, 224, 224]}";

    /** Collections that stand for one that was written before: a few lines of them make a document of any size. */
    private static final int MOST_ALIASES = 50;

    public FrontEndConfig {
        numbers = Map.copyOf(numbers);
        texts = Map.copyOf(texts);
        flags = Map.copyOf(flags);
        deviceIds = List.copyOf(deviceIds);
        inputs = List.copyOf(inputs);
    }

    /**
     * Reads a YAML document.
     *
     * @throws InferException if it is none, or a key has a value of another type
     */
    static FrontEndConfig parse(String yaml) {
        Object root;
        try {
            root = new Load(LoadSettings.builder()
                            .setSchema(new CoreSchema())
                            .setMaxAliasesForCollections(MOST_ALIASES)
                            .build())
                    .loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw new InferException(InferException.Code.INVALID_ARG, "it is no YAML: " + e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new InferException(InferException.Code.INVALID_ARG, "its values are nested too deeply", e);
        }
        if (root == null) {
            return EMPTY;
        }
        if (!(root instanceof Map<?, ?> members)) {
            throw InferException.invalid("expected keys with values");
        }
        Map<String, Long> numbers = new HashMap<>();
        Map<String, String> texts = new HashMap<>();
        Map<String, Boolean> flags = new HashMap<>();
        List<Long> deviceIds = new ArrayList<>();
        List<DeclaredPorts.Input> inputs = new ArrayList<>();
        members.forEach((key, value) -> {
            if (!(key instanceof String name) || value == null) {
                return;
            }
            if (NUMBERS.contains(name)) {
                numbers.put(name, number(name, value));
            } else if (TEXTS.contains(name)) {
                texts.put(name, String.valueOf(value));
            } else if (FLAGS.contains(name)) {
                flags.put(name, flag(name, value));
            } else if (name.equals(DEVICE_IDS)) {
                if (!(value instanceof List<?> ids)) {
                    throw InferException.invalid(name + ": expected a list of numbers, got '" + value + "'");
                }
                ids.forEach(id -> deviceIds.add(number(name, id)));
            } else if (name.equals(INPUTS)) {
                inputs.addAll(inputs(value));
            }
        });
        return new FrontEndConfig(numbers, texts, flags, deviceIds, inputs);
    }

    private static List<DeclaredPorts.Input> inputs(Object value) {
        if (!(value instanceof List<?> items)) {
            throw InferException.invalid(INPUTS + ": expected a list of " + INPUT + ", got '" + value + "'");
        }
        List<DeclaredPorts.Input> inputs = new ArrayList<>();
        for (Object item : items) {
            if (!(item instanceof Map<?, ?> members
                    && members.keySet().equals(Set.of("name", "dataType", "shape"))
                    && members.get("name") instanceof String name
                    && members.get("dataType") instanceof String typeName
                    && members.get("shape") instanceof List<?> shape)) {
                throw InferException.invalid(INPUTS + ": expected " + INPUT + ", got '" + item + "'");
            }
            DataType type = DataType.ofProtocolName(typeName)
                    .orElseThrow(() -> InferException.invalid(INPUTS + ", input '" + name
                            + "': expected a data type such as FP32 or INT64, got '" + typeName + "'"));
            List<Dim> dims = new ArrayList<>();
            for (Object size : shape) {
                if (!(size instanceof Integer number && number >= -1)) {
                    throw InferException.invalid(INPUTS + ", input '" + name
                            + "': expected sizes from 0 on in its shape, or -1 for any, got '" + size + "'");
                }
                dims.add(number == -1 ? Dim.symbol(symbol(name, dims.size())) : Dim.of(number));
            }
            inputs.add(new DeclaredPorts.Input(name, TensorType.of(type, dims)));
        }
        return inputs;
    }

    /** The first dim is the same for all inputs. */
    static String symbol(String input, int dim) {
        return dim == 0 ? "batch" : input + "_" + dim;
    }

    private static long number(String name, Object value) {
        if (value instanceof Integer number && number >= 0) {
            return number;
        }
        throw InferException.invalid(
                name + ": expected a whole number from 0 to " + Integer.MAX_VALUE + ", got '" + value + "'");
    }

    private static boolean flag(String name, Object value) {
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw InferException.invalid(name + ": expected true or false, got '" + value + "'");
    }

    /** The value of a key that is a number; empty if it is not set. */
    public OptionalLong number(String key) {
        Long value = numbers.get(key);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** The value of a key that is a text; empty if it is not set. */
    public Optional<String> text(String key) {
        return Optional.ofNullable(texts.get(key));
    }

    /** Whether a key is set to true. */
    public boolean flag(String key) {
        return flags.getOrDefault(key, false);
    }
}
