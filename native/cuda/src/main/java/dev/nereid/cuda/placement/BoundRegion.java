package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceKernelGraph;
import dev.nereid.cuda.device.DeviceKernels;
import dev.nereid.cuda.device.DeviceStream;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A region with the shapes and offsets of one set of input shapes, on one stream. Its second run in the same memory records
 * the kernels, and from then on they are started by one call; the first does not, for shapes may not come again. One thread
 * at a time.
 */
final class BoundRegion {
    private final RegionPlan plan;
    private final BoundValues values;
    private final List<Long> scratchOffsets;
    private final boolean saving;
    private final DeviceKernels kernels;
    private final KernelGraphRecorder recordings;
    /** Whether the kernels have been started in the memory that the values are in. */
    private boolean started;

    private Optional<DeviceKernelGraph> graph = Optional.empty();

    /**
     * Binds a region.
     *
     * @param scratchOffsets where each step's scratch memory lies in the block of the values
     * @param saving whether that is the least that steps can do with
     * @param recordings whether kernels are recorded
     */
    BoundRegion(
            RegionPlan plan,
            BoundValues values,
            List<Long> scratchOffsets,
            boolean saving,
            DeviceKernels kernels,
            KernelGraphRecorder recordings) {
        this.plan = plan;
        this.values = values;
        this.scratchOffsets = List.copyOf(scratchOffsets);
        this.saving = saving;
        this.kernels = kernels;
        this.recordings = recordings;
    }

    /**
     * Runs the region on the stream that has the memory: kernels when the run's turn has come, copies before and after.
     * Returns when its outputs are there.
     */
    void run(StepRun host, DeviceStream stream) {
        stream.attach();
        for (int i = 0; i < plan.inputs().size(); i++) {
            int value = plan.inputs().get(i);
            stream.copyIn(content(value, host.input(plan.firstInput() + i)), values.address(value));
        }
        host.turn().awaitCompute();
        stream.attach();
        compute(stream);
        if (host.turn().isAwaited()) {
            stream.synchronize();
            host.turn().computed();
        }
        for (int i = 0; i < plan.outputs().size(); i++) {
            int value = plan.outputs().get(i);
            stream.copyOut(values.address(value), content(value, host.output(i)));
        }
        stream.synchronize();
    }

    private void compute(DeviceStream stream) {
        if (graph.isEmpty() && started && plan.kernels() > 1) {
            graph = recordings.record(stream, this::startAll);
        }
        graph.ifPresentOrElse(stream::replay, this::startAll);
        started = true;
    }

    private void startAll() {
        for (int index = 0; index < plan.steps().size(); index++) {
            RegionStep step = plan.steps().get(index);
            if (!step.step().isAlias()) {
                new BoundStep(step, values, values.at(scratchOffsets.get(index)), saving, kernels).start();
            }
        }
    }

    /** The elements of a value on the host, whose memory may be longer. */
    private MemorySegment content(int value, Tensor onHost) {
        return onHost.segment().asSlice(0, values.byteSize(value));
    }

    /** Forgets what was recorded: the values have moved, or nobody runs the region any more. */
    void forget() {
        started = false;
        graph.ifPresent(DeviceKernelGraph::close);
        graph = Optional.empty();
    }
}
