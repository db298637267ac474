package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.schedule.Scheduler;
import java.util.List;

/** Execution of an ensemble: its steps are requests to other models, and it has neither backend nor instances. */
record EnsembleExecution(Scheduler scheduler) implements ModelExecution {
    @Override
    public List<BackendModel.Counter> counters() {
        return List.of();
    }

    @Override
    public long memoryBytes() {
        return 0;
    }

    @Override
    public void update(ModelConfig config) {}

    @Override
    public void cancelRuns() {}

    @Override
    public boolean answers(InferRequest request) {
        return false;
    }

    @Override
    public void record(InferRequest request) {}

    @Override
    public void close() {
        scheduler.close();
    }
}
