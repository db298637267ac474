package dev.nereid.models.execute;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NoMemoryException;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanValue;
import dev.nereid.models.plan.Step;
import dev.nereid.models.plan.Storage;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one execution of a plan. Bound to the shapes of a run's inputs, and kept bound, so that the next run
 * of the same shapes starts at once. One thread at a time.
 */
final class Frame implements AutoCloseable {
    private final Plan plan;
    private final SlabPool pool;
    /** The values that are tensors. */
    private final @Nullable Tensor[] tensors;
    /** The values that are not. */
    private final @Nullable RunValue[] others;

    private final StepContext context;
    private final RunMemory runMemory;
    private List<Shape> boundShapes = List.of();
    private Map<String, Long> symbols = Map.of();
    private boolean bound;
    /** Whether every step is known to suit the bound shapes. */
    private boolean checked;

    private final CheckedShapes checkedShapes;
    private SlabPool.@Nullable Slab memory;

    /**
     * Creates a frame.
     *
     * @param checkedShapes shared by all frames of the plan
     */
    Frame(Plan plan, SlabPool pool, CheckedShapes checkedShapes) {
        this(plan, pool, checkedShapes, List.of());
    }

    /**
     * The frame of a body.
     *
     * @param around memory that outlives every run of the body
     */
    Frame(Plan plan, SlabPool pool, List<RunMemory> around) {
        this(plan, pool, new CheckedShapes(), around);
    }

    private Frame(Plan plan, SlabPool pool, CheckedShapes checkedShapes, List<RunMemory> around) {
        this.plan = plan;
        this.pool = pool;
        this.checkedShapes = checkedShapes;
        this.tensors = new Tensor[plan.values().size()];
        this.others = new RunValue[plan.values().size()];
        this.runMemory = new RunMemory(pool, around);
        this.context = new StepContext(this, pool);
        for (int i = 0; i < tensors.length; i++) {
            if (plan.values().get(i).storage() instanceof Storage.Constant constant) {
                tensors[i] = constant.tensor();
            }
        }
    }

    /** Whether the last run had inputs of these shapes. */
    boolean isBoundTo(List<RunValue> inputs) {
        if (!bound || boundShapes.size() != inputs.size()) {
            return false;
        }
        for (int i = 0; i < inputs.size(); i++) {
            ValueType type = plan.values().get(plan.inputs().get(i)).valueType();
            if (!isBoundTo(type, boundShapes.get(i), inputs.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBoundTo(ValueType type, Shape boundShape, RunValue input) {
        if (type instanceof TensorType tensorType) {
            return input instanceof RunValue.OfTensor(Tensor tensor)
                    && tensor.dataType() == tensorType.dataType()
                    && tensor.shape().equals(boundShape);
        }
        return TypeCheck.mismatch("input", type, input).isEmpty();
    }

    /**
     * Runs the plan.
     *
     * @param turn when the run may use its device, where it is ordered with others there
     * @return the outputs, views into this frame or into the inputs, good until {@link #finish}
     * @throws ExecutionException if an input does not suit the plan or a step fails; names both
     * @throws CancellationException if the run is cancelled before its last step; the frame may be used again
     */
    List<RunValue> run(List<RunValue> inputs, Workers workers, DeviceTurn turn, Cancellation cancellation) {
        begin(inputs, workers, turn, cancellation);
        try {
            if (plan.steps().isEmpty()) { // a loop around it may go on for long
                workers.betweenKernels();
                checkWanted(cancellation);
            }
            for (Step step : plan.steps()) {
                workers.betweenKernels();
                checkWanted(cancellation);
                context.run(step);
            }
        } finally {
            context.end();
        }
        setChecked();
        return outputs();
    }

    /** Runs the plan, with somebody who hears of its steps. */
    List<RunValue> run(List<RunValue> inputs, Workers workers, StepListener listener) {
        begin(inputs, workers, DeviceTurn.ALONE, Cancellation.NEVER);
        List<Step> steps = plan.steps();
        try {
            for (int i = 0; i < steps.size(); i++) {
                workers.betweenKernels();
                long start = System.nanoTime();
                context.run(steps.get(i));
                listener.ran(i, System.nanoTime() - start);
            }
        } finally {
            context.end();
        }
        setChecked();
        return outputs();
    }

    private static void checkWanted(Cancellation cancellation) {
        if (cancellation.isRequested()) {
            throw new CancellationException("the run was cancelled");
        }
    }

    private void begin(List<RunValue> inputs, Workers workers, DeviceTurn turn, Cancellation cancellation) {
        if (isBoundTo(inputs)) {
            setInputs(inputs);
        } else {
            bind(inputs);
        }
        context.begin(workers, turn, cancellation);
    }

    private void setChecked() {
        if (!checked) {
            checked = true;
            checkedShapes.add(boundShapes);
        }
    }

    /** Whether every step is known to suit the shapes of this run's inputs. */
    boolean isChecked() {
        return checked;
    }

    private List<RunValue> outputs() {
        List<RunValue> outputs = new ArrayList<>(plan.outputs().size());
        for (int output : plan.outputs()) {
            outputs.add(runValue(output));
        }
        return outputs;
    }

    /** Gives back what only the last run needed. */
    void finish() {
        context.releaseScratch();
        finishRun();
    }

    /** As {@link #finish} before another run, which needs the scratch memory again. */
    void finishRun() {
        runMemory.release();
        Arrays.fill(others, null);
    }

    /** Whether a tensor lies in the regions, which the next run writes to. */
    boolean isInRegion(Tensor tensor) {
        if (memory == null) {
            return false;
        }
        MemorySegment regions = memory.segment();
        long offset = tensor.segment().address() - regions.address();
        return offset >= 0 && offset < regions.byteSize();
    }

    /** Bytes of memory the frame keeps between runs. */
    long retainedBytes() {
        return memory == null ? 0 : memory.segment().byteSize();
    }

    @Override
    public void close() {
        finish();
        context.close();
        bound = false;
        if (memory != null) {
            memory.close();
            memory = null;
        }
    }

    /** The tensor of a value that has been made; resolves views of values whose shape the run found out. */
    Tensor tensor(int value) {
        Tensor tensor = tensors[value];
        if (tensor != null) {
            return tensor;
        }
        PlanValue planValue = plan.values().get(value);
        if (planValue.storage() instanceof Storage.Alias alias) {
            return tensor(alias.value()).withShape(boundShape(value));
        }
        throw new IllegalStateException("value '" + planValue.name() + "' is read before it is made");
    }

    /** A value that has been made, whatever kind it is. */
    RunValue runValue(int value) {
        PlanValue planValue = plan.values().get(value);
        if (planValue.valueType() instanceof TensorType) {
            return new RunValue.OfTensor(tensor(value));
        }
        RunValue made = others[value];
        if (made != null) {
            return made;
        }
        if (planValue.storage() instanceof Storage.Alias alias) {
            return runValue(alias.value());
        }
        throw new IllegalStateException("value '" + planValue.name() + "' is read before it is made");
    }

    /** Makes a value whose storage is dynamic; memory of {@code donors} that it lies in becomes this frame's. */
    void put(int value, RunValue made, List<RunMemory> donors) {
        PlanValue planValue = plan.values().get(value);
        TypeCheck.mismatch("value '" + planValue.name() + "'", planValue.valueType(), made)
                .ifPresent(message -> {
                    throw new IllegalArgumentException(message);
                });
        RunValue held = runMemory.hold(made, donors);
        if (held instanceof RunValue.OfTensor(Tensor tensor)) {
            tensors[value] = tensor;
        } else {
            others[value] = held;
        }
    }

    PlanValue value(int value) {
        return plan.values().get(value);
    }

    /** Memory for a value whose shape became known during the run. */
    Tensor allocate(int value, Shape shape) {
        DataType dataType = plan.values().get(value).type().dataType();
        Tensor tensor = runMemory.allocate(dataType, shape);
        tensors[value] = tensor;
        return tensor;
    }

    RunMemory runMemory() {
        return runMemory;
    }

    /** The shape of a value that follows from the inputs' shapes. */
    Shape boundShape(int value) {
        return shapeOf(plan.values().get(value).type(), symbols);
    }

    /** The formulas as numbers, where the inputs' shapes settle them. */
    List<Dim> resolve(List<Dim> formulas) {
        return formulas.stream()
                .map(dim -> symbols.keySet().containsAll(dim.symbols()) ? Dim.of(dim.evaluate(symbols::get)) : dim)
                .toList();
    }

    /** Makes a value that is another one's memory under a shape that became known during the run. */
    void view(int value, Tensor source, Shape shape) {
        tensors[value] = source.withShape(shape);
    }

    private void bind(List<RunValue> inputs) {
        bound = false;
        symbols = bindSymbols(inputs);
        @Nullable Shape[] shapes = regionShapes(inputs);
        FrameLayout layout = FrameLayout.of(plan.regions(), symbols::get);
        MemorySegment segment = memory(layout.bytes(), shapes);
        for (int i = 0; i < tensors.length; i++) {
            PlanValue value = plan.values().get(i);
            switch (value.storage()) {
                case Storage.InRegion region -> {
                    Shape shape = Objects.requireNonNull(shapes[i]);
                    long bytes = shape.elements() * value.type().dataType().bytes();
                    tensors[i] = Tensor.of(
                            value.type().dataType(), shape, segment.asSlice(layout.offset(region.region()), bytes));
                }
                case Storage.Constant _ -> {}
                case Storage.Input _, Storage.Dynamic _, Storage.Alias _ -> tensors[i] = null;
            }
        }
        setInputs(inputs);
        for (int i = 0; i < tensors.length; i++) {
            if (plan.values().get(i).storage() instanceof Storage.Alias alias && isFixed(alias.value())) {
                tensors[i] = tensor(i);
            }
        }
        boundShapes = inputs.stream().map(Frame::shape).toList();
        checked = checkedShapes.contains(boundShapes);
        bound = true;
    }

    /** The shapes of the values that lie in regions, by their numbers; none for others. */
    private @Nullable Shape[] regionShapes(List<RunValue> inputs) {
        @Nullable Shape[] shapes = new Shape[tensors.length];
        for (int i = 0; i < tensors.length; i++) {
            PlanValue value = plan.values().get(i);
            if (value.storage() instanceof Storage.InRegion) {
                try {
                    shapes[i] = shapeOf(value.type(), symbols);
                } catch (IllegalArgumentException | ArithmeticException e) {
                    throw unsuitable(
                            inputs.stream().map(Frame::shape).toList(),
                            "value '" + value.name() + "' would have a shape that cannot be: " + e.getMessage());
                }
            }
        }
        return shapes;
    }

    /** The error of a run whose inputs' shapes, each right by itself, do not go together. */
    ExecutionException unsuitable(String reason) {
        return unsuitable(boundShapes, reason);
    }

    private static ExecutionException unsuitable(List<Shape> inputs, String reason) {
        return ExecutionException.invalid("inputs of the shapes " + inputs + " do not suit the model: " + reason);
    }

    /** Whether a value's memory is the same in every run of the bound shapes. */
    private boolean isFixed(int value) {
        return switch (plan.values().get(value).storage()) {
            case Storage.InRegion _, Storage.Constant _ -> true;
            case Storage.Input _, Storage.Dynamic _ -> false;
            case Storage.Alias alias -> isFixed(alias.value());
        };
    }

    private void setInputs(List<RunValue> inputs) {
        for (int i = 0; i < inputs.size(); i++) {
            int value = plan.inputs().get(i);
            if (inputs.get(i) instanceof RunValue.OfTensor(Tensor tensor)) {
                tensors[value] = tensor;
            } else {
                others[value] = inputs.get(i);
            }
        }
    }

    /** What a frame is bound to: the shape of a tensor; nothing of other values. */
    private static Shape shape(RunValue input) {
        return input instanceof RunValue.OfTensor(Tensor tensor) ? tensor.shape() : Shape.SCALAR;
    }

    private MemorySegment memory(long bytes, @Nullable Shape[] shapes) {
        if (memory != null && memory.segment().byteSize() >= bytes) {
            return memory.segment();
        }
        if (memory != null) {
            memory.close();
            memory = null;
        }
        try {
            SlabPool.Slab slab = pool.take(bytes);
            memory = slab;
            return slab.segment();
        } catch (NoMemoryException e) {
            throw ExecutionException.step(
                    "a run of inputs of these shapes has no memory: " + e.getMessage() + largest(shapes), e);
        }
    }

    /** Names the largest value of a frame that there is no memory for, and the node that makes it. */
    private String largest(@Nullable Shape[] shapes) {
        int largest = -1;
        long most = -1;
        for (int i = 0; i < shapes.length; i++) {
            Shape shape = shapes[i];
            long bytes = shape == null
                    ? -1
                    : shape.elements() * plan.values().get(i).type().dataType().bytes();
            if (bytes > most) {
                most = bytes;
                largest = i;
            }
        }
        if (largest < 0) {
            return "";
        }
        PlanValue value = plan.values().get(largest);
        return "; the largest value is '" + value.name() + "', " + value.type().dataType() + shapes[largest] + " of "
                + most + " bytes" + maker(largest);
    }

    private String maker(int value) {
        for (Step step : plan.steps()) {
            for (int output : step.outputs()) {
                if (output == value) {
                    return ", which " + step.node().describe() + " makes";
                }
            }
        }
        return "";
    }

    private Map<String, Long> bindSymbols(List<RunValue> inputs) {
        if (inputs.size() != plan.inputs().size()) {
            throw ExecutionException.invalid("expected " + plan.inputs().size() + " inputs, got " + inputs.size());
        }
        Map<String, Long> binding = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            PlanValue value = plan.values().get(plan.inputs().get(i));
            InputBinding.bind(value.name(), value.valueType(), inputs.get(i), binding);
        }
        return binding;
    }

    private static Shape shapeOf(TensorType type, Map<String, Long> symbols) {
        List<Dim> dims = type.dims().orElseThrow();
        long[] extents = new long[dims.size()];
        for (int axis = 0; axis < extents.length; axis++) {
            Dim dim = dims.get(axis);
            extents[axis] = dim.isKnown() ? dim.value() : dim.evaluate(symbols::get);
        }
        return Shape.of(extents);
    }
}
