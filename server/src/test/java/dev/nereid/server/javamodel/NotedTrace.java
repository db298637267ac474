package dev.nereid.server.javamodel;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A trace that notes the requests made for its own, and no more. */
final class NotedTrace implements RequestTrace {
    /** Model and id of each. */
    final List<String> steps = new CopyOnWriteArrayList<>();

    @Override
    public void takenBy(String model, long version) {}

    @Override
    public void at(Moment moment, long nanos) {}

    @Override
    public void executedIn(Execution execution) {}

    @Override
    public void activity(String name, long nanos) {}

    @Override
    public boolean wantsTensors() {
        return false;
    }

    @Override
    public void tensor(Activity activity, String name, Tensor tensor) {}

    @Override
    public Optional<RequestTrace> step(InferRequest.Header header) {
        steps.add(header.modelName() + " " + header.id());
        return Optional.of(new NotedTrace());
    }

    @Override
    public void end(long nanos) {}
}
