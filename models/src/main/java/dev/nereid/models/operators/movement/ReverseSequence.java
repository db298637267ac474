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
        Elements elements = new Elements(lowering.kernels().layout());
        int timeAxis = Math.toIntExact(lowering.attributes().integer("time_axis", 0));
        int batchAxis = Math.toIntExact(lowering.attributes().integer("batch_axis", 1));
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor lengths = run.input(1);
            Shape shape = x.shape();
            // Time and batch are the two outermost axes, in either order.
            Shape frames = Shape.of(shape.dim(0), shape.dim(1));
            long block = shape.elements(2, shape.rank());
            MemorySegment sources = Elements.indices(run, frames.elements());
            Positions positions = new Positions(frames);
            for (long i = 0; i < frames.elements(); i++) {
                long time = positions.at(timeAxis);
                long length = Elements.raw(lengths, positions.at(batchAxis));
                if (length < 0 || length > frames.dim(timeAxis)) {
                    throw new IllegalArgumentException(
                            "a sequence of " + length + " in " + frames.dim(timeAxis) + " time steps");
                }
                long source = time < length ? length - 1 - time : time;
                Elements.index(sources, i, i + (source - time) * frames.strides()[timeAxis]);
                positions.next();
            }
            long count = frames.elements();
            elements.gather(block, 1, count, count, x, sources, run.output(0), run.workers());
        });
    }
}
