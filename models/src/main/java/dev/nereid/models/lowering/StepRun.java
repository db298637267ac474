package dev.nereid.models.lowering;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** What a step sees while it runs. Valid only during the call. Tensors are views into the frame. */
public interface StepRun {
    /** Whether the node has this input. */
    boolean has(int input);

    /** An input that is there and that the step said it reads. */
    Tensor input(int input);

    /** Whether anybody reads the output. */
    boolean wants(int output);

    /**
     * The memory of an output: allocated, with undefined content, and (for {@code STRING}) an array of nulls to fill. Only
     * where the output's shape follows from types; else the kernel calls {@link #allocate}.
     */
    Tensor output(int output);

    /** Memory for an output whose shape the kernel alone can know. Once an output and run. */
    Tensor allocate(int output, Shape shape);

    /** Scratch memory with undefined content, 64-byte aligned, good until the step ends. */
    MemorySegment scratch(long bytes);

    /** The threads granted to this run. */
    Workers workers();
}
