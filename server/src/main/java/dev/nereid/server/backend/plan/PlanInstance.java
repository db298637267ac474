package dev.nereid.server.backend.plan;

import dev.nereid.memory.NoMemoryException;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ImplicitState;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.Outputs;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/**
 * Runs batches of a {@link PlanModel}: one run a batch, or one for each stretch of requests of equal shapes. Where the model's
 * texts are padded, shapes may differ in their lengths.
 */
final class PlanInstance implements ModelInstance {
    private final PlanModel model;
    private final LoadedModel loaded;
    private final SharedDims shared;
    private final Function<List<Tensor>, LoadedModel> apart;

    /**
     * @param loaded the model at the place where this instance runs it
     * @param apart the model for inputs whose dims of one name differ
     */
    PlanInstance(PlanModel model, LoadedModel loaded, Function<List<Tensor>, LoadedModel> apart) {
        this.model = model;
        this.loaded = loaded;
        this.shared = new SharedDims(loaded.inputs());
        this.apart = apart;
    }

    /**
     * A run whose responses are made.
     *
     * @param rows of the batch
     * @param padded where its texts differ in length
     */
    private record Ran(List<Execution> executions, SharedRun run, long rows, Optional<PaddedTexts> padded) {
        Tensor own(String output, Tensor part, Execution execution, SlabPool memory) {
            return padded.map(texts -> texts.own(output, part, texts.lengths(execution), memory, run.slabs()))
                    .orElse(part);
        }
    }

    @Override
    public void execute(Batch batch) {
        // A sequence must not miss a step that its batch has begun.
        List<Execution> chosen = model.hasSequences() ? batch.executions() : wanted(batch);
        List<Execution> live =
                model.padding().map(texts -> texts.agreeing(chosen)).orElse(chosen);
        for (int from = 0; from < live.size(); ) {
            int to = from + 1;
            while (to < live.size() && model.batches() && sameShapes(live.get(from), live.get(to))) {
                to++;
            }
            // The turn is the batch's: no other batch computes between its runs.
            runOrFail(
                    live.subList(from, to),
                    to == live.size() ? batch.turn() : batch.turn().nonSignalling());
            from = to;
        }
    }

    /** The executions that nobody has cancelled; answers the others. */
    static List<Execution> wanted(Batch batch) {
        List<Execution> live = new ArrayList<>(batch.executions().size());
        for (Execution execution : batch.executions()) {
            if (execution.request().cancelled()) {
                execution.fail(cancelled());
            } else {
                live.add(execution);
            }
        }
        return live;
    }

    private static InferException cancelled() {
        return new InferException(InferException.Code.CANCELLED, "Request cancelled");
    }

    @Override
    public boolean heedsTurns() {
        return loaded.placement().map(report -> report.regions() > 0).orElse(false);
    }

    @Override
    public boolean startsAtOnce() {
        return model.startsAtOnce();
    }

    @Override
    public boolean hasPredictableDuration() {
        return !loaded.hasLoops();
    }

    @Override
    public void close() {}

    /** Requests that fail together are run one at a time: only the one at fault fails. A sequence's step is not repeated. */
    private void runOrFail(List<Execution> executions, DeviceTurn turn) {
        try {
            run(executions, turn);
        } catch (CancellationException e) {
            executions.forEach(each -> each.fail(model.cancelled()));
        } catch (ExecutionException | InferException | NoMemoryException e) {
            if (executions.size() > 1 && !model.hasSequences()) {
                executions.forEach(each -> runOrFail(List.of(each), turn.nonSignalling()));
                return;
            }
            InferException failure = failure(model.name(), e);
            executions.forEach(each -> each.fail(failure));
        }
    }

    /** What a request is told of a run that failed. */
    static InferException failure(String modelName, RuntimeException e) {
        if (e instanceof InferException known) {
            return known;
        }
        String message = "model '" + modelName + "': " + e.getMessage();
        return noMemory(e)
                .map(refusal -> InferException.of(refusal, message))
                .orElseGet(() -> new InferException(code(e), message, e));
    }

    /** The refusal behind an error; of a step in a body there are several in between. */
    private static Optional<NoMemoryException> noMemory(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoMemoryException refusal) {
                return Optional.of(refusal);
            }
        }
        return Optional.empty();
    }

    /** A GPU without memory for a run may have it for the next one. */
    private static InferException.Code code(RuntimeException e) {
        return e.getCause() instanceof DeviceException failure && failure.code() == DeviceException.Code.OUT_OF_MEMORY
                ? InferException.Code.UNAVAILABLE
                : InferException.Code.INTERNAL;
    }

    private void run(List<Execution> executions, DeviceTurn turn) {
        List<SlabPool.Slab> slabs = new ArrayList<>();
        RunResult result;
        try {
            List<Tensor> tensors = new ArrayList<>(model.sources().size());
            for (PlanSource source : model.sources()) {
                tensors.add(source.gather(executions, model.memory(), slabs));
            }
            executions.getFirst().stage(Execution.Stage.INPUT_DONE);
            LoadedModel planned = shared.agree(tensors) ? loaded : apart.apply(tensors);
            result = model.run(
                    planned,
                    tensors,
                    turn,
                    model.cancellation(executions),
                    executions.stream()
                            .allMatch(execution -> execution.request().isInBackground()));
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
            Ran ran = new Ran(executions, run, rows, model.padding().filter(texts -> texts.differ(executions)));
            long from = 0;
            for (int i = 0; i < executions.size(); i++) {
                Execution execution = executions.get(i);
                long count = rows(execution);
                responses.add(response(ran, i, from, count));
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

    private InferResponse response(Ran ran, int index, long from, long count) {
        Execution execution = ran.executions().get(index);
        SharedRun run = ran.run();
        List<OutputTensor> outputs = new ArrayList<>(model.outputs().size());
        for (PlanOutput output : model.outputs()) {
            if (Outputs.wanted(execution.request(), output.name())) {
                Tensor whole = run.result().outputs().get(output.index());
                Tensor part = output.scatter().isPresent()
                        ? output.part(output.scatter().get(), whole, ran.executions(), index)
                        : output.rows(whole, from, count, ran.rows());
                outputs.add(new OutputTensor(output.name(), ran.own(output.name(), part, execution, model.memory())));
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
}
