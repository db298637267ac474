package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.protocol.InferException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A config's promise that the model ignores what its texts are padded with: the parameter {@code scheduler.padding}, as in
 * {@code input_ids=0,attention_mask=0}. Texts of different lengths may then share a batch, each padded to the longest; an
 * answer holds none of it.
 *
 * @param elements what each such input is padded with, by name, in the order of the parameter; never empty
 */
public record TextPadding(Map<String, PadElement> elements) {
    public static final String PARAMETER = "scheduler.padding";

    public TextPadding {
        elements = Collections.unmodifiableMap(new LinkedHashMap<>(elements));
    }

    /**
     * What a config says; empty if nothing.
     *
     * @throws InferException that names the input and says what is wrong, where the promise cannot be kept
     */
    public static Optional<TextPadding> of(ModelConfig config) {
        if (!config.containsParameters(PARAMETER)) {
            return Optional.empty();
        }
        Map<String, PadElement> elements = new LinkedHashMap<>();
        String text = config.getParametersOrDefault(PARAMETER, ModelParameter.getDefaultInstance())
                .getStringValue();
        for (String part : text.split(",", -1)) {
            int equals = part.lastIndexOf('=');
            String name = equals < 0 ? "" : part.substring(0, equals).strip();
            ModelInput input = config.getInputList().stream()
                    .filter(each -> !name.isEmpty() && each.getName().equals(name))
                    .findFirst()
                    .orElseThrow(() -> refusal(config, "expected input=value,input=value with names of inputs", text));
            if (!isPadded(input)) {
                throw refusal(
                        config, "expected input '" + name + "' to have dims that begin with their only -1", input);
            }
            elements.put(name, element(config, input, part.substring(equals + 1).strip()));
        }
        for (ModelInput input : config.getInputList()) {
            if (!elements.containsKey(input.getName()) && !isFixed(input)) {
                throw refusal(config, "expected a value for each input of variable size", input);
            }
        }
        if (!TextBatching.leavesShapes(config)) {
            throw refusal(config, "expected no reshape, shape tensor, batch_input or batch_output beside it", text);
        }
        if (!TextBatching.mixes(config)) {
            throw refusal(
                    config,
                    "expected parameter '" + TextBatching.POLICY + "' to be " + TextBatching.ADAPTIVE
                            + ", and dynamic_batching without max_queue_delay_microseconds",
                    text);
        }
        return Optional.of(new TextPadding(elements));
    }

    private static PadElement element(ModelConfig config, ModelInput input, String value) {
        return ConfigTypes.tensorType(input.getDataType())
                .flatMap(type -> PadElement.of(type, value))
                .orElseThrow(() -> refusal(
                        config,
                        "expected a value of " + input.getDataType() + " for input '" + input.getName() + "'",
                        value));
    }

    private static boolean isPadded(ModelInput input) {
        List<Long> dims = input.getDimsList();
        return !dims.isEmpty()
                && dims.getFirst() == -1
                && !dims.subList(1, dims.size()).contains(-1L)
                && !input.getAllowRaggedBatch()
                && !input.getOptional();
    }

    private static boolean isFixed(ModelInput input) {
        return !input.getDimsList().contains(-1L) && !input.getAllowRaggedBatch();
    }

    private static InferException refusal(ModelConfig config, String expected, ModelInput got) {
        return refusal(
                config,
                expected,
                "input '" + got.getName() + "' of dims " + got.getDimsList()
                        + (got.getAllowRaggedBatch() ? ", which may be ragged" : "")
                        + (got.getOptional() ? ", which is optional" : ""));
    }

    private static InferException refusal(ModelConfig config, String expected, String got) {
        return InferException.invalid(
                "parameter '" + PARAMETER + "' of model '" + config.getName() + "': " + expected + ", got " + got);
    }
}
