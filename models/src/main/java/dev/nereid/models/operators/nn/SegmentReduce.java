package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.PackedTextBounds;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * dev.nereid.Segment and the name of an ONNX reduction, which passes emit: the reduction of each of several texts that
 * stand one behind the other.
 *
 * <p>Inputs: x: [1, ..., tokens, ...], the axes before that of the tokens all 1; ends: [texts], integers, where each text
 * ends. Output: y: the shape that a single text gives, with texts in place of its first dim, which is 1. Attributes: the
 * integer {@code axis} of the tokens; the integers {@code axes}, it among them; the integer {@code keepdims}, 1 if absent.
 */
record SegmentReduce(ReduceOp op) implements Operator {
    private static final int ENDS = 1;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        boolean[] flags = flags(inference, x.rank());
        boolean keep = keeps(inference);
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < x.rank(); axis++) {
            if (!flags[axis]) {
                dims.add(x.dim(axis));
            } else if (keep) {
                dims.add(Dim.of(1));
            }
        }
        if (dims.isEmpty() || !dims.getFirst().is(1)) {
            throw new ModelFormatException("expected a first dim of 1 in what a text gives, got " + dims);
        }
        dims.set(0, inference.type(ENDS).dim(0));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        Reduction kernel =
                lowering.kernels().reduce().reduction(op, lowering.type(0).dataType());
        int axis = axis(lowering);
        boolean[] flags = flags(lowering, lowering.type(0).rank());
        lowering.step(run -> reduce(run, kernel, axis, flags));
    }

    private static void reduce(StepRun run, Reduction kernel, int axis, boolean[] flags) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        PackedTextBounds texts =
                PackedTextBounds.read(run.input(ENDS), x.shape().dim(axis));
        Shape one = y.shape().withDim(0, 1);
        for (int text = 0; text < texts.count(); text++) {
            Shape shape = x.shape().withDim(axis, texts.length(text));
            long tokenBytes = x.shape().elements(axis + 1, x.shape().rank())
                    * x.dataType().bytes();
            long bytes = one.elements() * y.dataType().bytes();
            Reductions.run(
                    kernel,
                    run,
                    Tensor.of(
                            x.dataType(),
                            shape,
                            x.segment().asSlice(texts.start(text) * tokenBytes, texts.length(text) * tokenBytes)),
                    flags,
                    Tensor.of(y.dataType(), one, y.segment().asSlice(text * bytes, bytes)));
        }
    }

    private static int axis(Inference inference) {
        return Math.toIntExact(inference.attributes().integer("axis", 1));
    }

    private static boolean keeps(Inference inference) {
        return inference.attributes().integer("keepdims", 1) != 0;
    }

    private static boolean[] flags(Inference inference, int rank) {
        long[] axes = inference
                .attributes()
                .integers("axes")
                .orElseThrow(() -> new ModelFormatException("attribute 'axes' is missing"));
        return OperatorAxes.flags(axes, rank);
    }
}
