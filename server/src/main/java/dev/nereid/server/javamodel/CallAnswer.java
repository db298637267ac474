package dev.nereid.server.javamodel;

import dev.nereid.server.model.Answer;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** A response to a call. Its request's inputs live as long: a model may answer with what it was given. */
final class CallAnswer implements Answer {
    private final CallRun run;
    private final InferResponse response;
    private final RequestMemory holder;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * An open answer.
     *
     * @param run this is a user of it, in the caller's place
     * @param holder closes it at the latest
     */
    CallAnswer(CallRun run, InferResponse response, RequestMemory holder) {
        this.run = run;
        this.response = response;
        this.holder = holder;
    }

    @Override
    public String modelName() {
        return response.modelName();
    }

    @Override
    public String modelVersion() {
        return response.modelVersion();
    }

    @Override
    public List<String> outputNames() {
        return response.outputs().stream().map(OutputTensor::name).toList();
    }

    @Override
    public Tensor output(String name) {
        if (closed.get()) {
            throw new IllegalStateException("output '" + name + "' of an answer of model '" + response.modelName()
                    + "' was asked for after the answer was closed");
        }
        return response.outputs().stream()
                .filter(output -> output.name().equals(name))
                .findFirst()
                .orElseThrow(() -> InferException.invalid("an answer of model '" + response.modelName()
                        + "': expected output '" + name + "', got outputs " + outputNames()))
                .tensor();
    }

    @Override
    public Map<String, Parameter> parameters() {
        return response.parameters();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            holder.forget(this);
            ContextLoader.inServer(() -> {
                try {
                    response.close();
                } finally {
                    run.release();
                }
            });
        }
    }
}
