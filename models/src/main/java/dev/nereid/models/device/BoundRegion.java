package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceKernels;
import dev.nereid.kernels.device.DeviceRecording;
import dev.nereid.kernels.device.DeviceStream;
import dev.nereid.models.device.RegionValue.Place;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.lowering.DeviceRun;
import dev.nereid.models.lowering.DeviceStep;
import dev.nereid.models.lowering.DeviceTensor;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A region with the shapes and offsets of one set of input shapes, on one stream. Its second run in the same memory records
 * the kernels, and from then on they are started by one call; the first does not, for shapes may not come again. One thread
 * at a time.
 */
final class BoundRegion implements DeviceRun, AutoCloseable {
    /** Memory that no stream has. */
    private static final long NOWHERE = -1;

    private static final RegionStep NONE = new RegionStep("", new int[0], new int[0], DeviceStep.alias(0), new long[0]);

    private final RegionPlan plan;
    private final Shape[] shapes;
    private final long[] offsets;
    private final long[] scratchOffsets;
    private final long bytes;
    private final DeviceKernels kernels;

    private final Recordings recordings;
    private long base = NOWHERE;
    /** Whether the memory is that of the run before. */
    private boolean repeated;

    private Optional<DeviceRecording> recording = Optional.empty();
    private RegionStep step;
    private long scratch;

    /**
     * Binds a plan.
     *
     * @param symbols what the symbols of the model's inputs stand for
     * @param recordings whether kernels are recorded
     * @throws IllegalArgumentException if a value has more elements than kernels of a device count
     */
    BoundRegion(RegionPlan plan, Map<String, Long> symbols, DeviceKernels kernels, Recordings recordings) {
        this.plan = plan;
        this.recordings = recordings;
        this.kernels = kernels;
        this.shapes = plan.values().stream().map(value -> shape(value, symbols)).toArray(Shape[]::new);
        this.offsets = new long[shapes.length];
        this.scratchOffsets = new long[plan.steps().size()];
        this.step = NONE;
        this.bytes = place();
    }

    /** Here for all kernels: one that counted past its numbers would write anywhere, and the whole device would fail. */
    private static Shape shape(RegionValue value, Map<String, Long> symbols) {
        List<Dim> dims = value.type().dims().orElseThrow();
        Shape shape = Shape.of(
                dims.stream().mapToLong(dim -> dim.evaluate(symbols::get)).toArray());
        if (shape.elements() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("'" + value.name() + "' of the shape " + shape + " has "
                    + shape.elements() + " elements, kernels of a GPU count up to " + Integer.MAX_VALUE);
        }
        return shape;
    }

    /** Gives every value its offset; returns the bytes of all. */
    private long place() {
        int[] lastUse = new int[shapes.length];
        Arrays.fill(lastUse, -1);
        for (int index = 0; index < plan.steps().size(); index++) {
            for (int input : plan.steps().get(index).inputs()) {
                if (input >= 0) {
                    lastUse[plan.root(input)] = index;
                }
            }
        }
        for (int output : plan.outputs()) {
            lastUse[plan.root(output)] = Integer.MAX_VALUE;
        }
        MemoryPlan memory = new MemoryPlan();
        for (int value = 0; value < shapes.length; value++) {
            if (plan.values().get(value).place() instanceof Place.Input) {
                offsets[value] = memory.take(byteSize(value), 0, lastUse[value]);
            }
        }
        for (int index = 0; index < plan.steps().size(); index++) {
            step = plan.steps().get(index);
            for (int output : step.outputs()) {
                if (output >= 0 && plan.values().get(output).place() instanceof Place.Memory) {
                    offsets[output] = memory.take(byteSize(output), index, Math.max(index, lastUse[output]));
                }
            }
            long needed = step.step().scratchBytes().applyAsLong(this);
            if (needed > 0) {
                scratchOffsets[index] = memory.take(needed, index, index);
            }
        }
        return memory.bytes();
    }

    private long byteSize(int value) {
        return shapes[value].elements()
                * plan.values().get(value).type().dataType().bytes();
    }

    /**
     * Takes the memory of a run, which follows.
     *
     * @throws dev.nereid.kernels.device.DeviceException if it does not fit
     */
    void reserve(DeviceStream stream) {
        long before = base;
        base = stream.reserve(bytes);
        repeated = base == before;
        if (!repeated) {
            close();
        }
    }

    /**
     * Runs the region on the stream that has its memory: kernels when the run's turn has come, copies before and after.
     * Returns when its outputs are there.
     */
    void run(StepRun host, DeviceStream stream) {
        for (int value = 0; value < shapes.length; value++) {
            if (plan.values().get(value).place() instanceof Place.Input(int index)) {
                stream.copyIn(content(value, host.input(index)), base + offsets[value]);
            }
        }
        host.turn().awaitCompute();
        stream.attach();
        if (recording.isEmpty() && repeated && plan.kernels() > 1) {
            recording = recordings.record(stream, this::startAll);
        }
        recording.ifPresentOrElse(stream::replay, this::startAll);
        if (host.turn().isAwaited()) {
            stream.synchronize();
            host.turn().computed();
        }
        for (int i = 0; i < plan.outputs().size(); i++) {
            int value = plan.outputs().get(i);
            stream.copyOut(address(value), content(value, host.output(i)));
        }
        stream.synchronize();
    }

    private void startAll() {
        for (int index = 0; index < plan.steps().size(); index++) {
            step = plan.steps().get(index);
            scratch = base + scratchOffsets[index];
            if (!step.step().isAlias()) {
                start();
            }
        }
    }

    /** Forgets what was recorded; a run may follow. */
    @Override
    public void close() {
        recording.ifPresent(DeviceRecording::close);
        recording = Optional.empty();
    }

    /** The elements of a value on the host, whose memory may be longer. */
    private MemorySegment content(int value, Tensor onHost) {
        return onHost.segment().asSlice(0, byteSize(value));
    }

    private void start() {
        try {
            step.step().kernel().run(this);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    step.name() + ": a tensor has more elements than kernels of a GPU count: " + e.getMessage(), e);
        }
    }

    private long address(int value) {
        int root = plan.root(value);
        return plan.values().get(root).place() instanceof Place.Constant(long address) ? address : base + offsets[root];
    }

    private DeviceTensor tensor(int value) {
        return new DeviceTensor(plan.values().get(value).type().dataType(), shapes[value], address(value));
    }

    @Override
    public boolean has(int input) {
        return input < step.inputs().length && step.inputs()[input] >= 0;
    }

    @Override
    public boolean wants(int output) {
        return output < step.outputs().length && step.outputs()[output] >= 0;
    }

    @Override
    public DeviceTensor input(int input) {
        return tensor(step.inputs()[input]);
    }

    @Override
    public DeviceTensor output(int output) {
        return tensor(step.outputs()[output]);
    }

    @Override
    public long scratch() {
        return scratch;
    }

    @Override
    public long constant(int index) {
        return step.constants()[index];
    }

    @Override
    public DeviceKernels kernels() {
        return kernels;
    }
}
