package dev.nereid.models.operators.movement;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** ONNX ReverseSequence: of each batch entry the first {@code sequence_lens[i]} time steps in reverse order. */
final class ReverseSequence implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        return List.of(in.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        int timeAxis = Math.toIntExact(lowering.attributes().integer("time_axis", 0));
        int batchAxis = Math.toIntExact(lowering.attributes().integer("batch_axis", 1));
        lowering.step(run -> {
            Tensor x = run.input(0);
            Shape shape = x.shape();
            // Time and batch are the two outermost axes, in either order.
            int times = Math.toIntExact(shape.dim(timeAxis));
            int batch = Math.toIntExact(shape.dim(batchAxis));
            long timeStride = timeAxis == 0 ? batch : 1;
            long batchStride = timeAxis == 0 ? 1 : times;
            long frames = (long) times * batch;
            MemorySegment sources = ElementMover.indices(run, frames);
            for (int entry = 0; entry < batch; entry++) {
                long length = length(run.input(1), entry, times);
                for (int time = 0; time < times; time++) {
                    long source = time < length ? length - 1 - time : time;
                    long first = entry * batchStride;
                    ElementMover.index(sources, first + time * timeStride, first + source * timeStride);
                }
            }
            long block = shape.elements(2, shape.rank());
            elements.gather(block, 1, frames, frames, x, sources, run.output(0), run.workers());
        });
    }

    private static long length(Tensor lengths, int entry, int times) {
        long length = ElementMover.raw(lengths, entry);
        if (length < 0 || length > times) {
            throw new IllegalArgumentException("a sequence of " + length + " in " + times + " time steps");
        }
        return length;
    }
}
