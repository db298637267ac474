package dev.nereid.models.lowering;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.graph.RunValue;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Supplier;

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

    /** An input that is there and that the step said it reads, whatever kind of value it is. */
    RunValue value(int input);

    /**
     * Makes {@code value} an output. Tensors in it that lie in memory of the run ({@link #allocate(DataType, Shape)})
     * are taken as they are and must not be written to afterwards; others, such as inputs, are copied.
     *
     * @throws IllegalArgumentException if the value does not suit the output's type
     */
    void put(int output, RunValue value);

    /** A tensor of undefined content (of nulls for {@code STRING}) that lives as long as the run's results. */
    Tensor allocate(DataType dataType, Shape shape);

    /**
     * Runs a body that the node was lowered with, on the threads of this run.
     *
     * @param inputs of the types that the body was lowered for, captured values among them
     * @return its outputs: good as inputs of {@link #put} and {@link #carry} until the body runs again or the step ends
     */
    List<RunValue> run(Subgraph body, List<RunValue> inputs);

    /** The value in memory that lives as long as the run's results: what a body gave, to be part of an output. */
    RunValue keep(RunValue value);

    /**
     * Keeps values for the next run of a body: the same values in memory that is good until the step ends or other
     * values are carried, whichever is first. What was carried before may be among them.
     */
    List<RunValue> carry(List<RunValue> values);

    /** Scratch memory with undefined content, 64-byte aligned, good until the step ends. */
    MemorySegment scratch(long bytes);

    /** The threads granted to this run. */
    Workers workers();

    /**
     * What the run's steps share.
     *
     * @param type of which a run has one at most
     * @param make called by the first step that asks; the run closes what it gives when the last step has ended
     */
    <T extends RunResource> T resource(Class<T> type, Supplier<T> make);

    /** When this run may use its device, where it is ordered with others. */
    default DeviceTurn turn() {
        return DeviceTurn.ALONE;
    }
}
