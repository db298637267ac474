package dev.nereid.models.execute;

import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** The outputs of one run: views into a frame (or into the run's inputs) that are good until it is closed. */
public final class RunResult implements AutoCloseable {
    private final List<Tensor> outputs;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    RunResult(List<Tensor> outputs, Runnable release) {
        this.outputs = List.copyOf(outputs);
        this.release = release;
    }

    /** In the plan's order. */
    public List<Tensor> outputs() {
        return outputs;
    }

    /** Gives the frame back. Any thread; twice is harmless. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }
}
