package dev.nereid.server.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The answer to one request. Its tensors are views into memory that {@code release} gives back (a frame shared with the
 * other requests of the batch, say); the front closes the response when it has encoded it.
 */
public final class InferResponse implements AutoCloseable {
    private final String modelName;
    private final String modelVersion;
    private final String id;
    private final Map<String, Parameter> parameters;
    private final List<OutputTensor> outputs;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    public InferResponse(
            String modelName,
            String modelVersion,
            String id,
            Map<String, Parameter> parameters,
            List<OutputTensor> outputs,
            Runnable release) {
        this.modelName = Objects.requireNonNull(modelName, "modelName");
        this.modelVersion = Objects.requireNonNull(modelVersion, "modelVersion");
        this.id = Objects.requireNonNull(id, "id");
        this.parameters =
                parameters.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        this.outputs = List.copyOf(outputs);
        this.release = Objects.requireNonNull(release, "release");
    }

    private InferResponse(InferResponse response, Runnable release) {
        this.modelName = response.modelName;
        this.modelVersion = response.modelVersion;
        this.id = response.id;
        this.parameters = response.parameters;
        this.outputs = response.outputs;
        this.release = release;
    }

    /** The same response, of which somebody else hears when it is closed, behind this one. Takes its place. */
    public InferResponse andThen(Runnable afterClosing) {
        return new InferResponse(this, () -> {
            close();
            afterClosing.run();
        });
    }

    /** The same response for one of several who close it; the memory is given back by what they have agreed upon. */
    public InferResponse sharedBy(Runnable closing) {
        return new InferResponse(this, closing);
    }

    /**
     * The same response with more parameters, behind its own. Takes its place: whoever closes the new one closes this
     * one too.
     */
    public InferResponse with(Map<String, Parameter> more) {
        Map<String, Parameter> all = new LinkedHashMap<>(parameters);
        all.putAll(more);
        return new InferResponse(modelName, modelVersion, id, all, outputs, this::close);
    }

    public String modelName() {
        return modelName;
    }

    public String modelVersion() {
        return modelVersion;
    }

    public String id() {
        return id;
    }

    /** What the model says beside its outputs, in the model's order. */
    public Map<String, Parameter> parameters() {
        return parameters;
    }

    /** The requested outputs, in the backend's order. */
    public List<OutputTensor> outputs() {
        return outputs;
    }

    /** Bytes of the elements of all outputs. */
    public long byteSize() {
        long bytes = 0;
        for (OutputTensor output : outputs) {
            bytes += output.tensor().byteSize();
        }
        return bytes;
    }

    /** Gives the memory back. Any thread; twice is harmless. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }
}
