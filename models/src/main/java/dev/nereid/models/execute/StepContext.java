package dev.nereid.models.execute;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.models.lowering.RunResource;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.plan.Step;
import dev.nereid.models.plan.Storage;
import dev.nereid.models.plan.SubgraphPlan;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/** What the step that runs now sees of its frame. One a frame, moved from step to step. */
final class StepContext implements StepRun {
    private final Frame frame;
    private final SlabPool pool;
    private final List<SlabPool.Slab> scratchSlabs = new ArrayList<>();
    private MemorySegment scratchRest = MemorySegment.NULL;
    /** Frames of bodies, kept for the next run; a body runs one at a time. */
    private final IdentityHashMap<Subgraph, Frame> subgraphs = new IdentityHashMap<>();

    private final List<Frame> runningSubgraphs = new ArrayList<>();
    private final RunMemory carried;
    private final LoopCarriedTensors carriedTensors;
    private final RunResources resources = new RunResources();
    private final InferredTypes inferred;
    private Workers workers = Workers.single();
    private DeviceTurn turn = DeviceTurn.ALONE;
    private Cancellation cancellation = Cancellation.NEVER;
    private int[] inputs = {};
    private int[] outputs = {};
    private Tensor[] made = {};

    StepContext(Frame frame, SlabPool pool) {
        this.frame = frame;
        this.pool = pool;
        this.carried = new RunMemory(pool, List.of());
        this.carriedTensors = new LoopCarriedTensors(pool);
        this.inferred = new InferredTypes(frame);
    }

    /** Begins a run. */
    void begin(Workers granted, DeviceTurn runsTurn, Cancellation runsCancellation) {
        workers = granted;
        turn = runsTurn;
        cancellation = runsCancellation;
    }

    /** Ends the steps of a run, whose results are still read. */
    void end() {
        cancellation = Cancellation.NEVER;
        resources.close();
    }

    /** Runs one step. */
    void run(Step step) {
        inputs = step.inputs();
        outputs = step.outputs();
        if (made.length < outputs.length) {
            made = new Tensor[outputs.length];
        }
        java.util.Arrays.fill(made, null);
        resetScratch();
        try {
            if (step.dynamic()) {
                findShapes(step);
            } else if (step.open() && !frame.isChecked()) {
                checkShapes(step);
            }
            if (step.viewOf() < 0) {
                step.kernel().run(this);
            }
        } catch (ExecutionException | CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            throw ExecutionException.step(step.node().describe() + " failed: " + e.getMessage(), e);
        } finally {
            finishSubgraphs();
        }
    }

    /** Frees what the step's bodies gave and nobody took over. */
    private void finishSubgraphs() {
        if (!runningSubgraphs.isEmpty()) {
            runningSubgraphs.forEach(Frame::finish);
            runningSubgraphs.clear();
            carried.release();
            carriedTensors.release();
        }
    }

    /** Frees the frames of bodies. */
    void close() {
        subgraphs.values().forEach(Frame::close);
        subgraphs.clear();
    }

    /** Gives the scratch memory back. */
    void releaseScratch() {
        scratchSlabs.forEach(SlabPool.Slab::close);
        scratchSlabs.clear();
        scratchRest = MemorySegment.NULL;
    }

    @Override
    public boolean has(int input) {
        return input < inputs.length && inputs[input] >= 0;
    }

    @Override
    public Tensor input(int input) {
        return frame.tensor(inputs[input]);
    }

    @Override
    public boolean wants(int output) {
        return output < outputs.length && outputs[output] >= 0;
    }

    @Override
    public Tensor output(int output) {
        int value = outputs[output];
        Tensor tensor = made[output];
        if (tensor == null) {
            boolean strings = frame.value(value).type().dataType() == DataType.STRING;
            tensor = strings ? frame.allocate(value, frame.boundShape(value)) : frame.tensor(value);
            made[output] = tensor;
        }
        return tensor;
    }

    @Override
    public Tensor allocate(int output, Shape shape) {
        if (!(frame.value(outputs[output]).storage() instanceof Storage.Dynamic)) {
            // The types settle the shape after all: what reads the output looks for it where the plan has it.
            Tensor planned = output(output);
            if (!planned.shape().equals(shape)) {
                throw new IllegalArgumentException(
                        "value '" + frame.value(outputs[output]).name() + "': expected the shape " + planned.shape()
                                + ", got " + shape);
            }
            return planned;
        }
        Tensor tensor = frame.allocate(outputs[output], shape);
        made[output] = tensor;
        return tensor;
    }

    @Override
    public RunValue value(int input) {
        return frame.runValue(inputs[input]);
    }

    @Override
    public void put(int output, RunValue value) {
        if (frame.value(outputs[output]).storage() instanceof Storage.Dynamic) {
            frame.put(outputs[output], value, donors());
        } else {
            copy(value.tensor(), output(output), frame.value(outputs[output]).name());
        }
    }

    /** Copies a tensor into memory that the plan has for a shape which types settle. */
    private static void copy(Tensor from, Tensor to, String name) {
        if (from.dataType() != to.dataType() || !from.shape().equals(to.shape())) {
            throw new IllegalArgumentException("value '" + name + "': expected " + to.dataType() + to.shape() + ", got "
                    + from.dataType() + from.shape());
        }
        MemorySegment.copy(from.segment(), 0, to.segment(), 0, to.byteSize());
    }

    @Override
    public Tensor allocate(DataType dataType, Shape shape) {
        return frame.runMemory().allocate(dataType, shape);
    }

    @Override
    public List<RunValue> run(Subgraph body, List<RunValue> values) {
        Frame bodyFrame = subgraphs.computeIfAbsent(body, this::newFrame);
        if (runningSubgraphs.contains(bodyFrame)) {
            bodyFrame.finishRun();
        } else {
            runningSubgraphs.add(bodyFrame);
        }
        try {
            return bodyFrame.run(values, workers, DeviceTurn.ALONE, cancellation);
        } catch (ExecutionException e) {
            if (e.fault() == ExecutionException.Fault.INPUT) {
                // Not the caller's inputs: the node gives its body what does not suit it.
                throw new IllegalArgumentException(
                        "a graph inside it is given what it cannot take: " + e.getMessage(), e);
            }
            throw e;
        }
    }

    private Frame newFrame(Subgraph body) {
        if (!(body instanceof SubgraphPlan subgraphPlan)) {
            throw new IllegalArgumentException("a body of another kind of plan: " + body);
        }
        return new Frame(subgraphPlan.plan(), pool, List.of(frame.runMemory(), carried));
    }

    @Override
    public List<RunValue> carry(List<RunValue> values) {
        RunMemory next = new RunMemory(pool, List.of(frame.runMemory()));
        List<RunMemory> donors = donors();
        List<RunValue> kept = new ArrayList<>(values.size());
        carriedTensors.turn();
        int copied = 0;
        try {
            for (RunValue value : values) {
                if (value instanceof RunValue.OfTensor(Tensor tensor) && isOverwritten(tensor)) {
                    kept.add(carriedTensors.copy(copied++, tensor));
                } else {
                    kept.add(next.hold(value, donors));
                }
            }
        } finally {
            carried.replaceBy(next);
        }
        return kept;
    }

    /** Whether a tensor lies where the next run of a body, or what is carried after that, writes. */
    private boolean isOverwritten(Tensor tensor) {
        if (tensor.dataType() == DataType.STRING) {
            return false;
        }
        for (Frame body : runningSubgraphs) {
            if (body.isInRegion(tensor)) {
                return true;
            }
        }
        return carriedTensors.held(tensor);
    }

    @Override
    public RunValue keep(RunValue value) {
        return frame.runMemory().hold(value, donors());
    }

    /** Where values that a body gave or that were carried lie. */
    private List<RunMemory> donors() {
        List<RunMemory> donors = new ArrayList<>(runningSubgraphs.size() + 1);
        donors.add(carried);
        runningSubgraphs.forEach(body -> donors.add(body.runMemory()));
        return donors;
    }

    @Override
    public MemorySegment scratch(long bytes) {
        long aligned = Math.ceilDiv(Math.max(bytes, 1), NativeMemory.ALIGNMENT) * NativeMemory.ALIGNMENT;
        if (scratchRest.byteSize() < aligned) {
            SlabPool.Slab slab = pool.take(aligned);
            scratchSlabs.add(slab);
            scratchRest = slab.segment();
        }
        MemorySegment scratch = scratchRest.asSlice(0, bytes);
        scratchRest = scratchRest.asSlice(aligned);
        return scratch;
    }

    @Override
    public Workers workers() {
        return workers;
    }

    @Override
    public <T extends RunResource> T resource(Class<T> type, Supplier<T> make) {
        return resources.get(type, make);
    }

    @Override
    public DeviceTurn turn() {
        return turn;
    }

    /** Scratch is good for one step: the largest slab so far serves the next one. */
    private void resetScratch() {
        while (scratchSlabs.size() > 1) {
            SlabPool.Slab first = scratchSlabs.get(0);
            SlabPool.Slab second = scratchSlabs.get(1);
            SlabPool.Slab smaller =
                    first.segment().byteSize() < second.segment().byteSize() ? first : second;
            scratchSlabs.remove(smaller);
            smaller.close();
        }
        if (!scratchSlabs.isEmpty()) {
            scratchRest = scratchSlabs.get(0).segment();
        }
    }

    /**
     * Has the operator look at the shapes of the inputs, which it knew only as formulas when the plan was built: a kernel
     * trusts what its operator asks for.
     */
    private void checkShapes(Step step) {
        List<? extends ValueType> types;
        try {
            types = step.operator().outputTypes(new RunInference(step, frame));
        } catch (RuntimeException e) {
            throw frame.unsuitable(step.node().describe() + ": " + e.getMessage());
        }
        for (int i = 0; i < outputs.length && i < types.size(); i++) {
            if (outputs[i] >= 0
                    && frame.value(outputs[i]).bound()
                    && types.get(i) instanceof TensorType type
                    && type.shape().isPresent()
                    && !type.shape().get().equals(frame.boundShape(outputs[i]))) {
                throw frame.unsuitable(step.node().describe() + ": value '"
                        + frame.value(outputs[i]).name() + "' would have the shape "
                        + type.shape().get() + " and not " + frame.boundShape(outputs[i]));
            }
        }
    }

    /** Finds the output types, now that every input is there, and makes what they settle. */
    private void findShapes(Step step) {
        List<? extends ValueType> types = inferred.of(step);
        for (int i = 0; i < outputs.length && i < types.size(); i++) {
            if (outputs[i] < 0 || !(types.get(i) instanceof TensorType type)) {
                continue;
            }
            Optional<Shape> shape = type.shape();
            if (shape.isEmpty()) {
                continue;
            }
            if (i == 0 && step.viewOf() >= 0) {
                frame.view(outputs[i], input(step.viewOf()), shape.get());
            } else if (!frame.value(outputs[i]).bound()
                    || frame.value(outputs[i]).type().dataType() == DataType.STRING) {
                allocate(i, shape.get());
            }
        }
    }
}
