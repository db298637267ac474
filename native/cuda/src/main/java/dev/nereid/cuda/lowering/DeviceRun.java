package dev.nereid.cuda.lowering;

import dev.nereid.cuda.device.DeviceKernels;

/** What a step on a device sees while it starts its kernels. Valid only during the call. */
public interface DeviceRun {
    /** Whether the step reads this input of the node. */
    boolean has(int input);

    /** Whether anybody wants an output. */
    boolean wants(int output);

    /** An input that the step said it reads. */
    DeviceTensor input(int input);

    /** The memory of an output, with undefined content. */
    DeviceTensor output(int output);

    /** The step's scratch memory, with undefined content: its address, a multiple of 256. */
    long scratch();

    /**
     * Whether the device had no memory for the run as it is: scratch memory is to be the least that the step can do with, as long
     * as no bit of a result changes.
     */
    boolean savesMemory();

    /** The address of one of the step's own constants. */
    long constant(int index);

    DeviceKernels kernels();
}
