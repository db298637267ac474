package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.ensemble.StepModel;
import java.util.concurrent.atomic.AtomicBoolean;

/** A model that a request of an ensemble holds, or a call of another model's code. */
final class HeldModel implements StepModel {
    private final Model model;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param model has been entered for this; see {@link Model#hold} */
    HeldModel(Model model) {
        this.model = model;
    }

    @Override
    public ModelConfig config() {
        return model.config();
    }

    @Override
    public void infer(InferRequest request, ResponseSink sink) {
        model.inferHeld(request, sink);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            model.endHold();
        }
    }
}
