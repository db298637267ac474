package dev.nereid.models.lowering;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What an operator may do while it is lowered: everything known of its inputs, the types inferred for its outputs,
 * the device's kernels, and the means to emit steps.
 */
public interface Lowering extends Inference {
    /** The kernels of the device the node is placed on. */
    KernelSet kernels();

    /** Whether anybody reads the output. */
    boolean wants(int output);

    TensorType outputType(int output);

    /**
     * Emits the step that computes all the node's outputs from all its inputs. Inputs and outputs have the node's
     * indices in {@link StepRun}.
     */
    void step(StepKernel kernel);

    /**
     * As {@link #step}, and the outputs may take the memory of input {@code input} if nobody reads that afterwards: the
     * kernel must allow it and output 0 must not be longer than the input.
     */
    void stepInPlace(int input, StepKernel kernel);

    /**
     * Emits a step that reads only the given inputs of the node; others (a shape, an axis that is already known) need
     * not be computed then. Indices in {@link StepRun} stay the node's.
     */
    void stepReading(int[] inputs, StepKernel kernel);

    /**
     * As {@link #step}, of a kernel that gives every output by {@link StepRun#put} or {@link StepRun#allocate}: no
     * shape is inferred again during a run.
     */
    void stepPutting(StepKernel kernel);

    /** Output {@code output} is input {@code input} under another shape: no step, no copy. */
    void alias(int output, int input);

    /**
     * Lowers a subgraph of the node to steps of its own, which {@link StepRun#run} runs.
     *
     * @param inputs types that hold in every run of the body, captured values among them
     */
    Subgraph body(Graph graph, List<? extends ValueType> inputs);

    /** Memory of the model for constants in a kernel's own layout, zeroed; lives as long as the plan. */
    MemorySegment constantMemory(long bytes);
}
