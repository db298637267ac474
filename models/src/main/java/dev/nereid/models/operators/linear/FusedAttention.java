package dev.nereid.models.operators.linear;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.AttentionMask;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * dev.nereid.FusedAttention, which passes emit: for every head {@code y = softmax(scale * q * transposed(k) + mask) * v}.
 *
 * <p>Inputs, all of {@code FP32}, {@code FP16} or {@code BF16}: q: [batch, queries, heads * size]; k: [batch, keys, heads *
 * size]; v: [batch, keys, heads * valueSize]; mask, optional: broadcasts to [batch, heads, queries, keys]. Output: y: [batch,
 * queries, heads * valueSize]. Attributes: the integer {@code heads}, which divides the last axis of q, k and v; the real {@code scale},
 * 1 if absent; the integers {@code places}, one each for q, k, v and y: 0 as above, 1 with the heads as an axis before the
 * tokens, 2 with that axis behind them, 0 if absent; the integers {@code sharing}, how many heads each head of k and each
 * of v serves, 1 if absent: so much fewer heads has that input.
 */
public final class FusedAttention implements Operator {
    public static final int MASK = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        AttentionLayout layout = AttentionLayout.of(inference.attributes());
        return List.of(layout.output(inference.type(0), inference.type(1), inference.type(2)));
    }

    @Override
    public void lower(Lowering lowering) {
        AttentionKernels kernels = lowering.kernels().attention();
        AttentionLayout layout = AttentionLayout.of(lowering.attributes());
        float scale = lowering.attributes().real("scale", 1f);
        lowering.step(WideningStep.of(lowering, run -> attend(kernels, run, layout, scale)));
    }

    /** The attribute {@code heads}. */
    static int heads(Attributes attributes) {
        int heads = Math.toIntExact(attributes.integer("heads", 0));
        if (heads < 1) {
            throw new ModelFormatException("attribute 'heads': expected a positive number, got " + heads);
        }
        return heads;
    }

    private static void attend(AttentionKernels kernels, StepRun run, AttentionLayout layout, float scale) {
        Tensor q = run.input(0);
        Tensor k = run.input(1);
        Tensor v = run.input(2);
        AttentionShape shape = layout.shape(q.shape(), k.shape(), v.shape());
        Optional<AttentionMask> mask = run.has(MASK) ? Optional.of(mask(run.input(MASK), shape)) : Optional.empty();
        kernels.attend(
                shape,
                layout.queries(q.segment(), shape),
                layout.keys(k.segment(), shape),
                layout.values(v.segment(), shape),
                scale,
                mask,
                layout.results(run.output(0).segment(), shape),
                run.scratch(kernels.scratchBytes(shape, run.workers().count())),
                run.workers());
    }

    /** A mask that broadcasts to the scores. */
    static AttentionMask mask(Tensor mask, AttentionShape shape) {
        long[] strides = maskStrides(mask.shape(), shape);
        return new AttentionMask(mask.segment(), 0, strides[0], strides[1], strides[2], strides[3]);
    }

    public static long[] maskStrides(Shape given, AttentionShape shape) {
        long[] full = {shape.batch(), shape.heads(), shape.queries(), shape.keys()};
        long[] strides = new long[4];
        long stride = 1;
        for (int axis = given.rank() - 1; axis >= 0; axis--) {
            int target = axis + 4 - given.rank();
            if (target < 0 || (given.dim(axis) != 1 && given.dim(axis) != full[target])) {
                throw new IllegalArgumentException(
                        "mask: expected a shape that broadcasts to " + Shape.of(full) + ", got " + given);
            }
            strides[target] = given.dim(axis) == 1 ? 0 : stride;
            stride *= given.dim(axis);
        }
        return strides;
    }
}
