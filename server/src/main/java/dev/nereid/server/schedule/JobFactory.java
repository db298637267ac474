package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.schedule.adaptive.CostKind;
import dev.nereid.server.schedule.adaptive.Job;
import dev.nereid.server.schedule.adaptive.Load;
import dev.nereid.server.schedule.adaptive.Settings;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** Says what a model's requests are to the adaptive policy: their work, their shape, their deadline. Immutable. */
final class JobFactory {
    private static final long MICRO = 1000;
    private static final double MILLI = 1e6;
    /** Longer than any client waits; keeps sums of times within range. */
    private static final long LONGEST_MICROS = 1L << 42;

    /**
     * Tokens in a batch of packed texts where the config sets no limit: about as many for each processor as its cache
     * holds the activations of. More are no faster, and the first text waits for the last.
     */
    private static final long PACKED_TOKENS = 512L * Runtime.getRuntime().availableProcessors();

    private final SchedulerParameters parameters;
    private final Optional<String> tokenInput;
    private final boolean packed;
    private final BatchShapes shapes;
    private final Settings settings;

    /** @param packed whether the model runs texts of different lengths together; their tokens are then counted */
    JobFactory(ModelConfig config, SchedulerParameters parameters, boolean packed) {
        this.parameters = parameters;
        this.packed = packed;
        this.tokenInput = packed
                ? parameters
                        .tokenInput()
                        .or(() -> Optional.of(config.getInput(0).getName()))
                : parameters.tokenInput();
        this.shapes = new BatchShapes(config, packed);
        CostKind kind = tokenInput.isEmpty()
                ? CostKind.ITEMS
                : (parameters.lengthRatio().isPresent() ? CostKind.PADDED_TOKENS : CostKind.TOKENS);
        boolean batches = config.hasDynamicBatching() && config.getMaxBatchSize() > 0;
        settings = new Settings(
                kind,
                parameters.sloMillis().isPresent()
                        ? Math.max((long) (parameters.sloMillis().getAsDouble() * MILLI), 1)
                        : Job.NEVER,
                batches ? config.getMaxBatchSize() : 1,
                parameters.maxBatchTokens().orElse(packed ? PACKED_TOKENS : Long.MAX_VALUE),
                parameters.weight(),
                config.getDynamicBatching().getPreserveOrdering());
    }

    Settings settings() {
        return settings;
    }

    /** The request as a job, due when its own timeout says or else when the model's objective does. */
    Job<ScheduledRequest> job(ScheduledRequest request) {
        double length = length(request);
        long timeoutMicros = request.request().header().timeoutMicros();
        long due = Job.NEVER;
        if (timeoutMicros > 0) {
            due = request.enqueuedNanos() + Math.min(timeoutMicros, LONGEST_MICROS) * MICRO;
        } else if (settings.sloNanos() != Job.NEVER) {
            due = request.enqueuedNanos() + Math.min(settings.sloNanos(), LONGEST_MICROS * MICRO);
        }
        return new Job<>(
                request,
                shape(request, length),
                length > 0 ? Load.ofTokens(request.batchSize(), length) : Load.of(request.batchSize()),
                request.enqueuedNanos(),
                due);
    }

    private double length(ScheduledRequest request) {
        Optional<InputTensor> input = tokenInput.flatMap(request.request()::input);
        if (input.isEmpty()) {
            return 0;
        }
        Shape shape = input.get().tensor().shape();
        // Packed inputs are [texts, tokens, ...], and a token may have more than one element.
        return packed ? shape.dim(1) : (double) shape.elements() / request.batchSize();
    }

    private Object shape(ScheduledRequest request, double length) {
        Object key = shapes.key(request.request());
        if (parameters.lengthRatio().isEmpty()) {
            return key;
        }
        double ratio = parameters.lengthRatio().getAsDouble();
        return List.of(key, (long) Math.floor(Math.log(Math.max(length, 1)) / Math.log(ratio)));
    }
}
