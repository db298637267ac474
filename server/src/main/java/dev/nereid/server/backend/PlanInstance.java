package dev.nereid.server.backend;

import dev.nereid.kernels.device.DeviceException;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs batches of a {@link PlanModel}: one run a batch, or one for each stretch of requests of equal shapes. */
final class PlanInstance implements ModelInstance {
    private final PlanModel model;
    private final LoadedModel loaded;

    /** @param loaded the model at the place where this instance runs it */
    PlanInstance(PlanModel model, LoadedModel loaded) {
        this.model = model;
        this.loaded = loaded;
    }

    @Override
    public void execute(Batch batch) {
        // A sequence must not miss a step that its batch has begun.
        List<Execution> live = model.hasSequences() ? batch.executions() : wanted(batch);
        for (int from = 0; from < live.size(); ) {
            int to = from + 1;
            while (to < live.size() && model.batches() && sameShapes(live.get(from), live.get(to))) {
                to++;
            }
            runOrFail(live.subList(from, to));
            from = to;
        }
    }

    /** The executions that nobody has cancelled; answers the others. */
    static List<Execution> wanted(Batch batch) {
        List<Execution> live = new ArrayList<>(batch.executions().size());
        for (Execution execution : batch.executions()) {
            if (execution.request().cancelled()) {
                execution.fail(new InferException(InferException.Code.CANCELLED, "Request cancelled"));
            } else {
                live.add(execution);
            }
        }
        return live;
    }

    @Override
    public boolean startsAtOnce() {
        return model.startsAtOnce();
    }

    @Override
    public void close() {}

    private void runOrFail(List<Execution> executions) {
        try {
            run(executions);
        } catch (ExecutionException e) {
            fail(executions, new InferException(code(e), "model '" + model.name() + "': " + e.getMessage(), e));
        } catch (InferException e) {
            fail(executions, e);
        }
    }

    /** A GPU without memory for a run may have it for the next one. */
    private static InferException.Code code(ExecutionException e) {
        return e.getCause() instanceof DeviceException failure && failure.code() == DeviceException.Code.OUT_OF_MEMORY
                ? InferException.Code.UNAVAILABLE
                : InferException.Code.INTERNAL;
    }

    private void run(List<Execution> executions) {
        List<SlabPool.Slab> slabs = new ArrayList<>();
        RunResult result;
        try {
            List<Tensor> tensors = new ArrayList<>(model.sources().size());
            for (PlanSource source : model.sources()) {
                tensors.add(source.gather(executions, model.memory(), slabs));
            }
            executions.getFirst().stage(Execution.Stage.INPUT_DONE);
            result = model.run(loaded, tensors);
        } catch (RuntimeException | Error e) {
            slabs.forEach(SlabPool.Slab::close);
            throw e;
        }
        executions.getFirst().stage(Execution.Stage.INFER_DONE);
        SharedRun run = new SharedRun(executions.size(), result, slabs);
        List<InferResponse> responses = new ArrayList<>(executions.size());
        try {
            long rows = 0;
            for (Execution execution : executions) {
                rows += rows(execution);
            }
            long from = 0;
            for (int i = 0; i < executions.size(); i++) {
                Execution execution = executions.get(i);
                long count = rows(execution);
                responses.add(response(executions, i, run, from, count, rows));
                writeStates(execution, result, from, count, rows);
                from += count;
            }
        } catch (RuntimeException | Error e) {
            run.free();
            throw e;
        }
        // All responses are made before the first is handed over: the time stamps then hold for the whole batch.
        for (int i = 0; i < executions.size(); i++) {
            executions.get(i).states().forEach(ImplicitState::update);
            executions.get(i).respond(responses.get(i), true);
        }
    }

    private InferResponse response(
            List<Execution> executions, int index, SharedRun run, long from, long count, long rows) {
        Execution execution = executions.get(index);
        List<OutputTensor> outputs = new ArrayList<>(model.outputs().size());
        for (PlanOutput output : model.outputs()) {
            if (Outputs.wanted(execution.request(), output.name())) {
                Tensor whole = run.result().outputs().get(output.index());
                Tensor part = output.scatter().isPresent()
                        ? output.part(output.scatter().get(), whole, executions, index)
                        : output.rows(whole, from, count, rows);
                outputs.add(new OutputTensor(output.name(), part));
            }
        }
        return new InferResponse(
                model.name(), model.version(), execution.request().header().id(), Map.of(), outputs, run::release);
    }

    private void writeStates(Execution execution, RunResult result, long from, long count, long rows) {
        for (ImplicitState state : execution.states()) {
            PlanOutput output = model.state(state.outputName());
            state.write(output.rows(result.outputs().get(output.index()), from, count, rows));
        }
    }

    /** What a request takes of the batch; 1 for models that do not batch. */
    private long rows(Execution execution) {
        if (!model.batches() || execution.request().inputs().isEmpty()) {
            return 1;
        }
        for (PlanInput input : model.inputs()) {
            if (input.join() != PlanInput.Join.SAME) {
                return execution
                        .input(input.name())
                        .map(tensor -> tensor.shape().dim(0))
                        .orElse(1L);
            }
        }
        return 1;
    }

    private boolean sameShapes(Execution left, Execution right) {
        return model.inputs().stream().allMatch(input -> input.agree(left, right));
    }

    private static void fail(List<Execution> executions, InferException error) {
        for (Execution execution : executions) {
            execution.fail(error);
        }
    }
}
