package dev.nereid.models.operators.movement;

import dev.nereid.kernels.reduce.ScatterKernel;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Scatter, ScatterElements and ScatterND: x with the updates put, added, multiplied, ... in at the positions that
 * the indices name, in order.
 */
public final class Scatter implements Operator {
    /** One index an update element, along an axis. */
    static final Operator ELEMENTS = new Scatter(false);
    /** One index vector an update block. */
    static final Operator ND = new Scatter(true);

    private final boolean vectors;

    private Scatter(boolean vectors) {
        this.vectors = vectors;
    }

    /** Whether indices are vectors that name blocks; otherwise each names an element. */
    public boolean vectors() {
        return vectors;
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        return List.of(in.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        ScatterReduction reduction = ScatterReduction.of(lowering.attributes().text("reduction", "none"));
        long axis = lowering.attributes().integer("axis", 0);
        Optional<ScatterKernel> kernel = reduction
                .accumulation()
                .map(function -> lowering.kernels()
                        .reduce()
                        .scatter(function, lowering.type(0).dataType()));
        lowering.step(run -> {
            Shape shape = run.input(0).shape();
            elements.copyAll(run.input(0), run.output(0), run.workers());
            if (vectors) {
                int length = (int) run.input(1).shape().dim(-1);
                MemorySegment positions = GatherND.positions(run, run.input(1), shape, 0);
                put(run, positions, shape.elements(length, shape.rank()), kernel, elements);
            } else {
                int normal = AxisArguments.of(axis, shape.rank());
                put(run, GatherElements.positions(run, run.input(1), shape, normal), 1, kernel, elements);
            }
        });
    }

    public static void requireFit(Shape updates, Shape indices, long block, long count) {
        if (updates.elements() != block * count) {
            throw new IllegalArgumentException(
                    "updates of the shape " + updates + " do not fit indices of the shape " + indices);
        }
    }

    private static void put(
            StepRun run, MemorySegment positions, long block, Optional<ScatterKernel> kernel, ElementMover elements) {
        Tensor updates = run.input(2);
        Tensor y = run.output(0);
        long count = block == 0 ? 0 : updates.shape().elements() / block;
        requireFit(updates.shape(), run.input(1).shape(), block, block == 0 ? 0 : positions.byteSize() / 8);
        if (kernel.isEmpty()) {
            elements.scatter(block, count, updates, positions, y);
        } else {
            kernel.get().run(block, count, updates.segment(), positions, y.segment());
        }
    }
}
