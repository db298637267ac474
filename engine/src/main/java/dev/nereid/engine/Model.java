package dev.nereid.engine;

import dev.nereid.engine.EngineException.Code;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.RunResult;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A loaded model. Any number of threads may run it at the same time. */
public final class Model implements AutoCloseable {
    private final Engine engine;
    private final String name;
    private final LoadedModel loaded;
    private final List<TensorSpec> inputs;
    private final Map<String, TensorSpec> inputsByName;
    private final List<TensorSpec> outputs;
    private volatile boolean closed;

    /** @param loaded belongs to this object; closed if its inputs or outputs are not all tensors */
    Model(Engine engine, String name, LoadedModel loaded) {
        this.engine = engine;
        this.name = name;
        this.loaded = loaded;
        try {
            this.inputs = loaded.inputs().stream().map(TensorSpec::of).toList();
            this.outputs = loaded.outputs().stream().map(TensorSpec::of).toList();
        } catch (RuntimeException e) {
            loaded.close();
            throw EngineException.of(name, e);
        }
        this.inputsByName = inputs.stream().collect(Collectors.toMap(TensorSpec::name, Function.identity()));
    }

    /** What a run must be given, in the file's order. */
    public List<TensorSpec> inputs() {
        return inputs;
    }

    /** What a run gives back, in the file's order. */
    public List<TensorSpec> outputs() {
        return outputs;
    }

    /** Empty inputs for this model. The caller fills and closes them; they may be used for many runs, one after the other. */
    public Inputs newInputs() {
        return new Inputs(engine, inputsByName);
    }

    /**
     * Runs the model on the calling thread and the engine's free cores.
     *
     * @param inputs every input of the model; not changed or closed before the outputs are closed, which may be views of them
     * @return the outputs; the caller closes them
     * @throws EngineException with {@link Code#INVALID_ARGUMENT}, {@link Code#RUN_FAILED} or {@link Code#OUT_OF_MEMORY}
     */
    public Outputs run(Inputs inputs) {
        List<Tensor> tensors = new ArrayList<>(this.inputs.size());
        for (TensorSpec input : this.inputs) {
            tensors.add(inputs.tensor(input));
        }
        return new Outputs(outputs, run(tensors));
    }

    private RunResult run(List<Tensor> tensors) {
        if (closed) {
            throw new EngineException(Code.CLOSED, name + ": the model is closed");
        }
        try {
            return engine.run(loaded, tensors);
        } catch (RuntimeException e) {
            throw EngineException.of(name, e);
        }
    }

    /** Bytes of native memory that the weights take. */
    public long weightBytes() {
        return loaded.constantBytes();
    }

    /** Waits until all outputs are closed, then frees the model's memory. Closing twice is harmless. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            loaded.close();
        }
    }
}
