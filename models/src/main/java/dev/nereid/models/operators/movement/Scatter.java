package dev.nereid.models.operators.movement;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * ONNX Scatter, ScatterElements and ScatterND: x with the updates put, added, multiplied, ... in at the positions that
 * the indices name, in order.
 */
final class Scatter implements Operator {
    /** One index an update element, along an axis. */
    static final Operator ELEMENTS = new Scatter(false);
    /** One index vector an update block. */
    static final Operator ND = new Scatter(true);

    private final boolean vectors;

    private Scatter(boolean vectors) {
        this.vectors = vectors;
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        return List.of(in.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        Elements elements = new Elements(lowering.kernels().layout());
        Reduction reduction = Reduction.of(lowering.attributes().text("reduction", "none"));
        long axis = lowering.attributes().integer("axis", 0);
        lowering.step(run -> {
            Shape shape = run.input(0).shape();
            elements.copyAll(run.input(0), run.output(0), run.workers());
            if (vectors) {
                int length = (int) run.input(1).shape().dim(-1);
                MemorySegment positions = GatherND.positions(run, run.input(1), shape, 0);
                put(run, positions, shape.elements(length, shape.rank()), reduction, elements);
            } else {
                int normal = Axes.of(axis, shape.rank());
                put(run, GatherElements.positions(run, run.input(1), shape, normal), 1, reduction, elements);
            }
        });
    }

    private static void put(StepRun run, MemorySegment positions, long block, Reduction reduction, Elements elements) {
        Tensor updates = run.input(2);
        Tensor y = run.output(0);
        long count = block == 0 ? 0 : updates.shape().elements() / block;
        if (count * block != updates.shape().elements() || (block > 0 && count != positions.byteSize() / 8)) {
            throw new IllegalArgumentException("updates of the shape " + updates.shape()
                    + " do not fit indices of the shape " + run.input(1).shape());
        }
        if (reduction == Reduction.NONE) {
            elements.scatter(block, count, updates, positions, y);
            return;
        }
        for (long i = 0; i < count; i++) {
            for (long j = 0; j < block; j++) {
                reduction.apply(y, Elements.index(positions, i) * block + j, updates, i * block + j);
            }
        }
    }
}
