package dev.nereid.models.operators.movement;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.PackedTextBounds;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * dev.nereid.SegmentPositions, which passes emit: the place of every token in its text.
 *
 * <p>Inputs: tokens: [1, tokens, ...], of which the shape counts; ends: [texts], integers, where each text ends. Output:
 * y: [tokens] of {@code INT64}, beginning with 0 in every text.
 */
final class SegmentPositions implements Operator {
    private static final int ENDS = 1;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        return List.of(TensorType.of(DataType.INT64, List.of(in.type(0).dim(1))));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(run -> {
            Tensor y = run.output(0);
            PackedTextBounds texts =
                    PackedTextBounds.read(run.input(ENDS), y.shape().dim(0));
            for (int text = 0; text < texts.count(); text++) {
                for (int token = texts.start(text); token < texts.end(text); token++) {
                    y.segment().setAtIndex(ValueLayout.JAVA_LONG, token, token - texts.start(text));
                }
            }
        });
    }
}
