package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelDynamicBatching;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.backend.TextBatching;
import dev.nereid.server.backend.TextPadding;
import dev.nereid.server.protocol.InferException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What a model config's parameters say of Nereid's own scheduling policy.
 *
 * @param adaptive whether the model asks for it
 * @param sloMillis when an answer is due after its request
 * @param tokenInput the input whose elements are the tokens of a request
 * @param maxBatchTokens tokens in a batch
 * @param lengthRatio by how much the lengths in a batch may differ, for a model that pads to the longest
 * @param padding what texts are padded with by the server
 * @param weight the model's share of an overloaded device beside those of others
 * @param maxInstances how many instances the model may have when its requests wait for too long
 */
record SchedulerParameters(
        boolean adaptive,
        OptionalDouble sloMillis,
        Optional<String> tokenInput,
        OptionalLong maxBatchTokens,
        OptionalDouble lengthRatio,
        Optional<TextPadding> padding,
        double weight,
        OptionalInt maxInstances) {
    static final String POLICY = TextBatching.POLICY;

    private static final String START = "scheduler.";
    private static final String SLO = "scheduler.slo_ms";
    private static final String TOKEN_INPUT = TextBatching.TOKEN_INPUT;
    private static final String MAX_BATCH_TOKENS = "scheduler.max_batch_tokens";
    private static final String LENGTH_RATIO = TextBatching.LENGTH_RATIO;
    private static final String WEIGHT = "scheduler.weight";
    /** The backend's, which computes on them; any model may have it, whatever its policy. */
    private static final String CORES = "scheduler.cores";

    private static final String MAX_INSTANCES = "scheduler.max_instances";
    private static final List<String> KNOWN = List.of(
            POLICY,
            SLO,
            TOKEN_INPUT,
            MAX_BATCH_TOKENS,
            LENGTH_RATIO,
            TextPadding.PARAMETER,
            WEIGHT,
            CORES,
            MAX_INSTANCES);

    /**
     * Reads and checks the parameters.
     *
     * @throws InferException that names the parameter, where one is wrong or contradicts the rest of the config
     */
    static SchedulerParameters of(ModelConfig config) {
        Map<String, String> texts = new TreeMap<>();
        for (Map.Entry<String, ModelParameter> entry : config.getParametersMap().entrySet()) {
            if (entry.getKey().startsWith(START)) {
                require(config, entry.getKey(), KNOWN.contains(entry.getKey()), "one of " + KNOWN, entry.getKey());
                texts.put(entry.getKey(), entry.getValue().getStringValue());
            }
        }
        String policy = texts.getOrDefault(POLICY, "triton");
        require(
                config,
                POLICY,
                policy.equals("triton") || policy.equals(TextBatching.ADAPTIVE),
                "triton or adaptive",
                policy);
        Optional<String> tokenInput = Optional.ofNullable(texts.get(TOKEN_INPUT));
        tokenInput.ifPresent(name -> require(
                config,
                TOKEN_INPUT,
                config.getInputList().stream().map(ModelInput::getName).anyMatch(name::equals),
                "the name of an input",
                name));
        OptionalDouble tokens = number(config, texts, MAX_BATCH_TOKENS, 1);
        whole(config, texts, CORES);
        SchedulerParameters parameters = new SchedulerParameters(
                policy.equals(TextBatching.ADAPTIVE),
                number(config, texts, SLO, Double.MIN_NORMAL),
                tokenInput,
                tokens.isPresent() ? OptionalLong.of((long) tokens.getAsDouble()) : OptionalLong.empty(),
                number(config, texts, LENGTH_RATIO, Math.nextUp(1.0)),
                TextPadding.of(config),
                number(config, texts, WEIGHT, Double.MIN_NORMAL).orElse(1),
                maxInstances(config, texts));
        for (String key : List.of(MAX_BATCH_TOKENS, LENGTH_RATIO)) {
            require(
                    config,
                    key,
                    !texts.containsKey(key)
                            || tokenInput.isPresent()
                            || parameters.padding().isPresent(),
                    "parameter '" + TOKEN_INPUT + "' beside it, to count tokens in",
                    "none");
        }
        if (parameters.adaptive()) {
            obstacle(config).ifPresent(text -> {
                throw InferException.invalid("parameter '" + POLICY + "' of model '" + config.getName()
                        + "': adaptive cannot go with " + text);
            });
        }
        return parameters;
    }

    /** What in the config the adaptive policy has no meaning for. */
    static Optional<String> obstacle(ModelConfig config) {
        ModelDynamicBatching batching = config.getDynamicBatching();
        List<Map.Entry<String, Boolean>> obstacles = List.of(
                Map.entry("sequence_batching", config.hasSequenceBatching()),
                Map.entry("ensemble_scheduling", config.hasEnsembleScheduling()),
                Map.entry("priority_levels", Long.compareUnsigned(batching.getPriorityLevels(), 1) > 0),
                Map.entry("priority_queue_policy", batching.getPriorityQueuePolicyCount() > 0),
                Map.entry(
                        "preferred_batch_size",
                        batching.getPreferredBatchSizeList().stream()
                                .anyMatch(size -> size != config.getMaxBatchSize())),
                Map.entry(
                        "default_timeout_microseconds (" + SLO + " says when an answer is due)",
                        batching.getDefaultQueuePolicy().getDefaultTimeoutMicroseconds() > 0),
                Map.entry("parameter " + BatchStrategy.PARAMETER, config.containsParameters(BatchStrategy.PARAMETER)));
        // A delay keeps Triton's batcher, which knows all of these.
        return delays(config)
                ? Optional.empty()
                : obstacles.stream()
                        .filter(Map.Entry::getValue)
                        .map(Map.Entry::getKey)
                        .findFirst();
    }

    /** Whether the config asks for a wait on an idle instance, which is Triton's alone. */
    static boolean delays(ModelConfig config) {
        return config.getDynamicBatching().getMaxQueueDelayMicroseconds() > 0;
    }

    private static OptionalDouble number(ModelConfig config, Map<String, String> texts, String key, double least) {
        String text = texts.get(key);
        if (text == null) {
            return OptionalDouble.empty();
        }
        double value;
        try {
            value = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            value = Double.NaN;
        }
        boolean fits = value >= least && value < Double.POSITIVE_INFINITY;
        require(
                config,
                key,
                fits,
                "a number " + (least < 1 ? "above 0" : least > 1 ? "above 1" : "of at least 1"),
                text);
        return OptionalDouble.of(value);
    }

    private static OptionalInt maxInstances(ModelConfig config, Map<String, String> texts) {
        OptionalInt most = whole(config, texts, MAX_INSTANCES);
        if (most.isPresent()) {
            require(config, MAX_INSTANCES, texts.containsKey(SLO), "parameter '" + SLO + "' beside it", "none");
            long least = Schedulers.activeInstances(config);
            String instances = least + ", the instances of instance_group";
            require(config, MAX_INSTANCES, most.getAsInt() >= least, "at least " + instances, "" + most.getAsInt());
        }
        return most;
    }

    private static OptionalInt whole(ModelConfig config, Map<String, String> texts, String key) {
        String text = texts.get(key);
        if (text == null) {
            return OptionalInt.empty();
        }
        int value;
        try {
            value = Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            value = 0;
        }
        require(config, key, value >= 1, "a whole number of at least 1", text);
        return OptionalInt.of(value);
    }

    private static void require(ModelConfig config, String key, boolean condition, String expected, String got) {
        if (!condition) {
            throw InferException.invalid("parameter '" + key + "' of model '" + config.getName() + "': expected "
                    + expected + ", got '" + got + "'");
        }
    }
}
