package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.TextLengths;
import dev.nereid.server.backend.TextPadding;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.schedule.adaptive.AdaptiveRequest;
import dev.nereid.server.schedule.adaptive.AdaptiveSettings;
import dev.nereid.server.schedule.adaptive.CostKind;
import dev.nereid.server.schedule.adaptive.WorkSize;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Describes a model's requests to the adaptive policy: their work, shape and deadline. Immutable. */
final class AdaptiveRequestFactory {
    private static final long MICRO = 1000;
    private static final double MILLI = 1e6;
    /** Longer than any client waits; keeps sums of times within range. */
    private static final long LONGEST_MICROS = 1L << 42;

    /**
     * Tokens in a batch of packed texts where the config sets no limit: about as many for each processor as its cache
     * holds the activations of. More are no faster, and the first text waits for the last.
     */
    private static final long PACKED_TOKENS = 512L * Runtime.getRuntime().availableProcessors();

    /** By which factor lengths in a padded batch differ where the config does not say: padding is a quarter on average. */
    private static final double PADDED_RATIO = 2;

    private final Optional<String> tokenInput;
    private final OptionalDouble lengthRatio;
    private final boolean mixesLengths;
    private final BatchShapes shapes;
    private final AdaptiveSettings settings;

    /**
     * The factory of one model.
     *
     * @param lengths whether the model runs texts of different lengths together; their tokens are then counted
     * @throws InferException if the config asks for padding and nobody pads
     */
    AdaptiveRequestFactory(ModelConfig config, SchedulerParameters parameters, TextLengths lengths) {
        if (parameters.padding().isPresent() && lengths != TextLengths.PADDED) {
            throw InferException.invalid("parameter '" + TextPadding.PARAMETER + "' of model '" + config.getName()
                    + "': expected a model whose inputs the server joins, got backend '" + config.getBackend() + "'");
        }
        this.mixesLengths = lengths != TextLengths.EQUAL;
        this.tokenInput = mixesLengths
                ? parameters.tokenInput().or(() -> Optional.of(firstText(config, parameters)))
                : parameters.tokenInput();
        this.lengthRatio =
                lengths == TextLengths.PADDED && parameters.lengthRatio().isEmpty()
                        ? OptionalDouble.of(PADDED_RATIO)
                        : parameters.lengthRatio();
        this.shapes = new BatchShapes(config, lengths);
        CostKind kind = tokenInput.isEmpty()
                ? CostKind.ITEMS
                : (lengthRatio.isPresent() ? CostKind.PADDED_TOKENS : CostKind.TOKENS);
        boolean batches = config.hasDynamicBatching() && config.getMaxBatchSize() > 0;
        settings = new AdaptiveSettings(
                kind,
                parameters.sloMillis().isPresent()
                        ? Math.max((long) (parameters.sloMillis().getAsDouble() * MILLI), 1)
                        : AdaptiveRequest.NEVER,
                batches ? config.getMaxBatchSize() : 1,
                parameters.maxBatchTokens().orElse(lengths == TextLengths.PACKED ? PACKED_TOKENS : Long.MAX_VALUE),
                parameters.weight(),
                config.getDynamicBatching().getPreserveOrdering());
    }

    private static String firstText(ModelConfig config, SchedulerParameters parameters) {
        return parameters
                .padding()
                .map(padding -> padding.elements().keySet().iterator().next())
                .orElseGet(() -> config.getInput(0).getName());
    }

    AdaptiveSettings settings() {
        return settings;
    }

    /** The request as the policy sees it, due by its own timeout or else by the model's objective. */
    AdaptiveRequest<ScheduledRequest> job(ScheduledRequest request) {
        double length = length(request);
        long timeoutMicros = request.request().header().timeoutMicros();
        long due = AdaptiveRequest.NEVER;
        if (timeoutMicros > 0) {
            due = request.enqueuedNanos() + Math.min(timeoutMicros, LONGEST_MICROS) * MICRO;
        } else if (settings.sloNanos() != AdaptiveRequest.NEVER) {
            due = request.enqueuedNanos() + Math.min(settings.sloNanos(), LONGEST_MICROS * MICRO);
        }
        return new AdaptiveRequest<>(
                request,
                shape(request, length),
                length > 0 ? WorkSize.ofTokens(request.batchSize(), length) : WorkSize.of(request.batchSize()),
                request.enqueuedNanos(),
                due);
    }

    private double length(ScheduledRequest request) {
        Optional<InputTensor> input = tokenInput.flatMap(request.request()::input);
        if (input.isEmpty()) {
            return 0;
        }
        Shape shape = input.get().tensor().shape();
        // Texts are [texts, tokens, ...], and a token may have more than one element.
        return mixesLengths ? shape.dim(1) : (double) shape.elements() / request.batchSize();
    }

    private Object shape(ScheduledRequest request, double length) {
        Object key = shapes.key(request.request());
        if (lengthRatio.isEmpty()) {
            return key;
        }
        double ratio = lengthRatio.getAsDouble();
        return List.of(key, (long) Math.floor(Math.log(Math.max(length, 1)) / Math.log(ratio)));
    }
}
