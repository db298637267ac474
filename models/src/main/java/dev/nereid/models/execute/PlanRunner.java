package dev.nereid.models.execute;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.models.plan.Plan;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/** Runs a plan for one batch at a time on each calling thread. Owns the frames, not the plan. */
public final class PlanRunner implements AutoCloseable {
    private final Plan plan;
    private final FramePool frames;

    /**
     * A runner whose frames take their memory from {@code memory}.
     *
     * @param memory outlives the runner
     */
    public PlanRunner(Plan plan, SlabPool memory) {
        this.plan = plan;
        this.frames = new FramePool(plan, memory);
    }

    /**
     * A runner that keeps fewer frames or more than usual.
     *
     * @param memory outlives the runner
     * @param retained frames that are kept while no run uses them
     */
    public PlanRunner(Plan plan, SlabPool memory, int retained) {
        this.plan = plan;
        this.frames = new FramePool(plan, memory, retained);
    }

    /**
     * Runs the plan on the calling thread and the granted workers.
     *
     * @param inputs in the plan's order; read until the result is closed
     * @return the outputs in the plan's order; the caller closes it
     * @throws ExecutionException if an input does not suit the plan or a step fails
     */
    public RunResult run(List<Tensor> inputs, Workers workers) {
        return run(inputs, workers, DeviceTurn.ALONE, Cancellation.NEVER);
    }

    /**
     * As {@link #run(List, Workers)}, of a run that is ordered with others on its device and may be cancelled.
     *
     * @throws java.util.concurrent.CancellationException if it was cancelled before its last step began
     */
    public RunResult run(List<Tensor> inputs, Workers workers, DeviceTurn turn, Cancellation cancellation) {
        List<RunValue> fitted =
                InputBinding.fitted(plan, inputs.stream().map(RunValue::of).toList());
        return run(fitted, frame -> frame.run(fitted, workers, turn, cancellation));
    }

    /** As {@link #run}, of a plan whose inputs are not all tensors. */
    public RunResult runValues(List<RunValue> inputs, Workers workers) {
        List<RunValue> fitted = InputBinding.fitted(plan, inputs);
        return run(fitted, frame -> frame.run(fitted, workers, DeviceTurn.ALONE, Cancellation.NEVER));
    }

    /** As {@link #runValues(List, Workers)}, with somebody who hears of the plan's steps. */
    public RunResult runValues(List<RunValue> inputs, Workers workers, StepListener listener) {
        List<RunValue> fitted = InputBinding.fitted(plan, inputs);
        return run(fitted, frame -> frame.run(fitted, workers, listener));
    }

    private RunResult run(List<RunValue> inputs, Function<Frame, List<RunValue>> run) {
        Frame frame = frames.take(inputs);
        try {
            List<RunValue> outputs = run.apply(frame);
            return new RunResult(outputs, () -> frames.giveBack(frame));
        } catch (RuntimeException | Error e) {
            frames.giveBack(frame);
            throw e;
        }
    }

    /** Frees the memory of frames that no run uses. */
    public void trim() {
        frames.trim();
    }

    /** Waits until every result is closed, then frees the frames. */
    @Override
    public void close() {
        frames.close();
    }
}
