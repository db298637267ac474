package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.schedule.Scheduler;
import java.util.List;
import java.util.Optional;

/**
 * Execution by the instances of a backend's model.
 *
 * @param scaler changes their number by load, where the config wants that
 * @param recorder records requests, where the config wants that
 * @param runsAlone whether an instance that nobody else uses is made at no cost, and nobody notices that it runs
 */
record BackendExecution(
        BackendModel model,
        Scheduler scheduler,
        ModelInstances instances,
        RunningInstances running,
        Optional<InstanceScaler> scaler,
        Optional<RequestRecorder> recorder,
        boolean runsAlone)
        implements ModelExecution {
    @Override
    public List<BackendModel.Counter> counters() {
        return model.counters();
    }

    @Override
    public long memoryBytes() {
        return model.memoryBytes();
    }

    @Override
    public void update(ModelConfig config) {
        running.update(config);
    }

    @Override
    public void cancelRuns() {
        model.cancelRuns();
    }

    @Override
    public boolean answers(InferRequest request) {
        return runsAlone && ProbeRequest.succeeds(model, request);
    }

    @Override
    public void record(InferRequest request) {
        recorder.ifPresent(there -> there.offer(request));
    }

    @Override
    public void close() {
        scaler.ifPresent(InstanceScaler::close);
        scheduler.close();
        instances.close();
        model.close();
    }
}
