package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceKernels;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A run of a step whose tensors of FP16 and BF16 are in scratch memory as FP32, those of constants in the step's constants.
 * Used for one start of its kernels.
 */
final class WidenedRun implements DeviceRun {
    /** What {@link DeviceRun#scratch} is a multiple of. */
    private static final long ALIGNMENT = 256;

    /**
     * What is known when the model is loaded.
     *
     * @param reads the inputs that runs bring
     * @param constants the inputs that were widened then, the first of the step's constants
     * @param shapes of these
     * @param outputs how many the node has
     */
    record Plan(List<Integer> reads, List<Integer> constants, List<Shape> shapes, int outputs) {
        Plan {
            reads = List.copyOf(reads);
            constants = List.copyOf(constants);
            shapes = List.copyOf(shapes);
        }
    }

    private final Plan plan;
    private final DeviceRun run;
    private final Map<Integer, Long> inputs = new TreeMap<>();
    private final Map<Integer, Long> outputs = new TreeMap<>();
    private long bytes;

    WidenedRun(Plan plan, DeviceRun run) {
        this.plan = plan;
        this.run = run;
        for (int input : plan.reads()) {
            if (run.has(input) && Widening.isHalf(run.input(input).dataType())) {
                inputs.put(input, take(run.input(input)));
            }
        }
        for (int output = 0; output < plan.outputs(); output++) {
            if (run.wants(output) && Widening.isHalf(run.output(output).dataType())) {
                outputs.put(output, take(run.output(output)));
            }
        }
    }

    /** Returns where the memory of a tensor as FP32 begins. */
    private long take(DeviceTensor half) {
        long at = bytes;
        bytes += Math.ceilDiv((long) half.length() * Float.BYTES, ALIGNMENT) * ALIGNMENT;
        return at;
    }

    /** Bytes of scratch memory in front of what the step itself needs. */
    long bytes() {
        return bytes;
    }

    /** Starts the casts of operands. */
    void widen() {
        inputs.forEach((input, offset) -> {
            DeviceTensor half = run.input(input);
            kernels()
                    .elementwise()
                    .cast(half.dataType(), DataType.FP32, half.address(), run.scratch() + offset, half.length());
        });
    }

    /** Starts the casts of results. */
    void round() {
        outputs.forEach((output, offset) -> {
            DeviceTensor half = run.output(output);
            kernels()
                    .elementwise()
                    .cast(DataType.FP32, half.dataType(), run.scratch() + offset, half.address(), half.length());
        });
    }

    @Override
    public boolean has(int input) {
        return plan.constants().contains(input) || run.has(input);
    }

    @Override
    public boolean wants(int output) {
        return run.wants(output);
    }

    @Override
    public DeviceTensor input(int input) {
        int constant = plan.constants().indexOf(input);
        if (constant >= 0) {
            return new DeviceTensor(DataType.FP32, plan.shapes().get(constant), run.constant(constant));
        }
        return inputs.containsKey(input) ? wide(run.input(input), inputs, input) : run.input(input);
    }

    @Override
    public DeviceTensor output(int output) {
        return outputs.containsKey(output) ? wide(run.output(output), outputs, output) : run.output(output);
    }

    private DeviceTensor wide(DeviceTensor half, Map<Integer, Long> offsets, int index) {
        return new DeviceTensor(
                DataType.FP32, half.shape(), run.scratch() + Objects.requireNonNull(offsets.get(index)));
    }

    @Override
    public long scratch() {
        return run.scratch() + bytes;
    }

    @Override
    public boolean savesMemory() {
        return run.savesMemory();
    }

    @Override
    public long constant(int index) {
        return run.constant(plan.constants().size() + index);
    }

    @Override
    public DeviceKernels kernels() {
        return run.kernels();
    }
}
