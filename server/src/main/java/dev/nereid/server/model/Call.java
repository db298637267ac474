package dev.nereid.server.model;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.Tensor;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A request to another model, to be handed to a {@link ModelClient}, which copies the inputs then; so it can be handed over
 * more than once. One thread at a time.
 */
public final class Call {
    /** The version that stands for the highest that is ready. */
    public static final long LATEST = -1;

    private final String model;
    private final Map<String, Tensor> inputs = new LinkedHashMap<>();
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private long version = LATEST;
    private List<String> outputs = List.of();
    private String id = "";
    private CorrelationId correlationId = CorrelationId.NONE;
    private boolean sequenceStart;
    private boolean sequenceEnd;
    private long priority;
    private long timeoutMicros;

    /** A request to the highest ready version of a model, for all of its outputs. */
    public Call(String model) {
        this.model = Objects.requireNonNull(model, "model");
    }

    /**
     * Asks for a version of the model.
     *
     * @param number {@link #LATEST}, or at least 1
     * @return this
     */
    public Call version(long number) {
        if (number != LATEST && number < 1) {
            throw new IllegalArgumentException(
                    "version of model '" + model + "': expected -1 or at least 1, got " + number);
        }
        version = number;
        return this;
    }

    /**
     * Adds an input.
     *
     * @param tensor with a batch dim in front, where the other model has one
     * @return this
     */
    public Call input(String name, Tensor tensor) {
        inputs.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(tensor, "tensor"));
        return this;
    }

    /**
     * Asks for these outputs alone.
     *
     * @return this
     */
    public Call outputs(String... names) {
        outputs = List.of(names);
        return this;
    }

    /**
     * Gives the request an id.
     *
     * @return this
     */
    public Call id(String requestId) {
        id = Objects.requireNonNull(requestId, "requestId");
        return this;
    }

    /**
     * Makes the request part of a sequence.
     *
     * @return this
     */
    public Call sequence(CorrelationId sequence, boolean start, boolean end) {
        correlationId = Objects.requireNonNull(sequence, "sequence");
        sequenceStart = start;
        sequenceEnd = end;
        return this;
    }

    /**
     * Sets the priority.
     *
     * @param level 0 for the other model's default
     * @return this
     */
    public Call priority(long level) {
        priority = level;
        return this;
    }

    /**
     * Sets how long the call may take. It is also the request's timeout in the other model's queue, where that model's config
     * lets requests have one.
     *
     * @param time in whole microseconds, at least one
     * @return this
     */
    public Call timeout(Duration time) {
        long micros = time.toNanos() / 1000;
        if (micros < 1) {
            throw new IllegalArgumentException(
                    "timeout of a call of model '" + model + "': expected at least a microsecond, got " + time);
        }
        timeoutMicros = micros;
        return this;
    }

    /**
     * Adds a parameter of the request.
     *
     * @return this
     */
    public Call parameter(String name, Parameter value) {
        parameters.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
        return this;
    }

    public String model() {
        return model;
    }

    public long version() {
        return version;
    }

    /** In the order in which they were added. */
    public Map<String, Tensor> inputs() {
        return Collections.unmodifiableMap(inputs);
    }

    /** Empty for all. */
    public List<String> outputs() {
        return outputs;
    }

    public String id() {
        return id;
    }

    public CorrelationId correlationId() {
        return correlationId;
    }

    public boolean sequenceStart() {
        return sequenceStart;
    }

    public boolean sequenceEnd() {
        return sequenceEnd;
    }

    public long priority() {
        return priority;
    }

    /** 0 for none. */
    public long timeoutMicros() {
        return timeoutMicros;
    }

    public Map<String, Parameter> parameters() {
        return Collections.unmodifiableMap(parameters);
    }
}
