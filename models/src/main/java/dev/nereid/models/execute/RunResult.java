package dev.nereid.models.execute;

import dev.nereid.models.graph.RunValue;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** The outputs of one run: views into a frame (or into the run's inputs) that are good until it is closed. */
public final class RunResult implements AutoCloseable {
    private final List<RunValue> values;
    private final List<Tensor> tensors;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    RunResult(List<RunValue> values, Runnable release) {
        this.values = List.copyOf(values);
        this.tensors = values.stream()
                .filter(RunValue.OfTensor.class::isInstance)
                .map(RunValue::tensor)
                .toList();
        this.release = release;
    }

    /** In the plan's order; only of a plan whose outputs are all tensors. */
    public List<Tensor> outputs() {
        if (tensors.size() < values.size()) {
            throw new IllegalStateException("not all of these outputs are tensors: "
                    + values.stream().map(RunValue::kind).toList());
        }
        return tensors;
    }

    /** In the plan's order, whatever kind they are. */
    public List<RunValue> values() {
        return values;
    }

    /** Gives the frame back. Any thread; twice is harmless. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }
}
