package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.PackedTextBounds;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * dev.nereid.SegmentPick, which passes emit: the first or the last token of every text.
 *
 * <p>Inputs: x: [1, ..., tokens, ...] of numbers, the axes before that of the tokens all 1; ends: [texts], integers, where
 * each text ends. Output: y: the shape that a single text gives, with texts in place of its first dim, which is 1.
 * Attributes: the integer {@code axis} of the tokens; the integer {@code last}, 1 for the last token; the integer
 * {@code keepdims}, 0 to leave the axis of the tokens out.
 */
final class SegmentPick implements Operator {
    private static final int ENDS = 1;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        int axis = axis(in);
        if (in.attributes().integer("keepdims", 1) == 0) {
            dims.remove(axis);
        } else {
            dims.set(axis, Dim.of(1));
        }
        if (dims.isEmpty() || !dims.getFirst().is(1)) {
            throw new ModelFormatException("expected a first dim of 1 in what a text gives, got " + dims);
        }
        dims.set(0, in.type(ENDS).dim(0));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        int axis = axis(lowering);
        boolean last = lowering.attributes().integer("last", 0) != 0;
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            PackedTextBounds texts =
                    PackedTextBounds.read(run.input(ENDS), x.shape().dim(axis));
            long bytes = x.shape().elements(axis + 1, x.shape().rank())
                    * x.dataType().bytes();
            for (int text = 0; text < texts.count(); text++) {
                long token = last ? texts.end(text) - 1 : texts.start(text);
                MemorySegment.copy(x.segment(), token * bytes, y.segment(), text * bytes, bytes);
            }
        });
    }

    private static int axis(Inference in) {
        return Math.toIntExact(in.attributes().integer("axis", 1));
    }
}
