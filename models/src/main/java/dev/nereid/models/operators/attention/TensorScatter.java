package dev.nereid.models.operators.attention;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * ONNX TensorScatter: a cache of fixed length, with an update written over a part of it.
 *
 * <p>Inputs: past_cache: [batch, ..., length, ...]; update: the same with fewer elements along {@code axis};
 * write_indices, optional, of {@code INT64}: [batch], where each item's update begins. Output: the cache. In the mode
 * {@code circular} an update that reaches the end goes on at the begin.
 */
final class TensorScatter implements Operator {
    private static final int UPDATE = 1;
    private static final int INDICES = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        isCircular(inference);
        TensorType cache = inference.type(0);
        if (inference.type(UPDATE).dataType() != cache.dataType()) {
            throw new ModelFormatException("input 1: expected " + cache.dataType() + " as input 0, got "
                    + inference.type(UPDATE).dataType());
        }
        if (cache.hasRank()) {
            axis(inference, cache.rank());
        }
        return List.of(cache);
    }

    private static boolean isCircular(Inference inference) {
        String mode = inference.attributes().text("mode", "linear");
        if (!mode.equals("linear") && !mode.equals("circular")) {
            throw new ModelFormatException("attribute 'mode': expected linear or circular, got '" + mode + "'");
        }
        return mode.equals("circular");
    }

    private static int axis(Inference inference, int rank) {
        long axis = inference.attributes().integer("axis", -2);
        long positive = axis < 0 ? axis + rank : axis;
        if (positive < 1 || positive >= rank) {
            throw new ModelFormatException(
                    "attribute 'axis': expected an axis behind that of the batch of a tensor of rank " + rank + ", got "
                            + axis);
        }
        return (int) positive;
    }

    @Override
    public void lower(Lowering lowering) {
        boolean circular = isCircular(lowering);
        lowering.stepInPlace(0, run -> scatter(lowering, run, circular));
    }

    private static void scatter(Inference inference, StepRun run, boolean circular) {
        Tensor past = run.input(0);
        Tensor update = run.input(UPDATE);
        Shape shape = past.shape();
        int axis = axis(inference, shape.rank());
        long length = shape.dim(axis);
        long written = update.shape().rank() == shape.rank() ? update.shape().dim(axis) : -1;
        if (written < 0 || written > length || !update.shape().equals(shape.withDim(axis, written))) {
            throw new IllegalArgumentException("input 1: expected the shape " + shape + " with at most " + length
                    + " along axis " + axis + ", got " + update.shape());
        }
        long[] starts = run.has(INDICES)
                ? IntegerTensors.read(run.input(INDICES)).orElseThrow()
                : new long[Math.toIntExact(shape.dim(0))];
        if (starts.length != shape.dim(0)) {
            throw new IllegalArgumentException(
                    "input 2: expected a number for each of " + shape.dim(0) + " items, got " + starts.length);
        }
        MemorySegment present = run.output(0).segment();
        if (present.address() != past.segment().address()) {
            MemorySegment.copy(past.segment(), 0, present, 0, past.byteSize());
        }
        long bytes = shape.elements(axis + 1, shape.rank()) * past.dataType().bytes();
        long blocks = shape.elements(1, axis);
        for (int item = 0; item < starts.length; item++) {
            long start = starts[item];
            if (start < 0 || (!circular && start + written > length) || start > length) {
                throw new IllegalArgumentException("input 2: an update of " + written + " from " + start
                        + " on leaves a cache of length " + length);
            }
            for (long block = item * blocks; block < (item + 1) * blocks; block++) {
                for (long i = 0; i < written; i++) {
                    long to = block * length + (start + i) % length;
                    MemorySegment.copy(update.segment(), (block * written + i) * bytes, present, to * bytes, bytes);
                }
            }
        }
    }
}
