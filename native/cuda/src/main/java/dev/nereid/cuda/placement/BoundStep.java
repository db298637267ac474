package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceKernels;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;

/**
 * A step with the values of one set of input shapes. Good for one start of its kernels.
 *
 * @param scratch the address of the step's scratch memory
 * @param savesMemory whether that is the least that the step can do with
 */
record BoundStep(RegionStep step, BoundValues values, long scratch, boolean savesMemory, DeviceKernels kernels)
        implements DeviceRun {
    /** Bytes of scratch memory that the step needs, wherever its values lie. */
    long scratchBytes() {
        return step.step().scratchBytes().applyAsLong(this);
    }

    /** Starts the kernels. */
    void start() {
        try {
            step.step().kernel().run(this);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    step.name() + ": a tensor has more elements than kernels of a GPU count: " + e.getMessage(), e);
        }
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
        return values.tensor(step.inputs()[input]);
    }

    @Override
    public DeviceTensor output(int output) {
        return values.tensor(step.outputs()[output]);
    }

    @Override
    public long constant(int index) {
        return step.constants()[index];
    }
}
