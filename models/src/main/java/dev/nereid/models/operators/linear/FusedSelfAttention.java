package dev.nereid.models.operators.linear;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.AttentionMask;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.kernels.attention.Heads;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * dev.nereid.FusedSelfAttention, which passes emit: FusedAttention of tokens with themselves, whose three projections lie
 * side by side.
 *
 * <p>Inputs, of {@code FP32}: qkv: [batch, tokens, 3 * heads * size], q first, then k, then v; mask, optional:
 * broadcasts to [batch, heads, tokens, tokens]. Output: y: [batch, tokens, heads * size]. Attributes as there.
 */
final class FusedSelfAttention implements Operator {
    private static final int MASK = 1;
    private static final int PROJECTIONS = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType qkv = inference.type(0);
        if (qkv.dataType() != DataType.FP32 || !qkv.hasRank() || qkv.rank() != 3) {
            throw new ModelFormatException("input 0: expected a tensor of FP32 of rank 3, got " + qkv);
        }
        Dim width = qkv.dim(2).floorDivide(Dim.of(PROJECTIONS));
        return List.of(TensorType.of(DataType.FP32, List.of(qkv.dim(0), qkv.dim(1), width)));
    }

    @Override
    public void lower(Lowering lowering) {
        AttentionKernels kernels = lowering.kernels().attention();
        int heads = FusedAttention.heads(lowering.attributes());
        float scale = lowering.attributes().real("scale", 1f);
        lowering.step(run -> attend(kernels, run, heads, scale));
    }

    private static void attend(AttentionKernels kernels, StepRun run, int heads, float scale) {
        Shape given = run.input(0).shape();
        if (given.dim(2) % ((long) PROJECTIONS * heads) != 0) {
            throw new IllegalArgumentException("expected q, k and v of " + heads + " heads side by side, got " + given);
        }
        int tokens = Math.toIntExact(given.dim(1));
        int size = Math.toIntExact(given.dim(2) / PROJECTIONS / heads);
        AttentionShape shape = new AttentionShape(Math.toIntExact(given.dim(0)), heads, tokens, tokens, size, size);
        Optional<AttentionMask> mask =
                run.has(MASK) ? Optional.of(FusedAttention.mask(run.input(MASK), shape)) : Optional.empty();
        MemorySegment qkv = run.input(0).segment();
        kernels.attend(
                shape,
                projection(qkv, 0, shape),
                projection(qkv, 1, shape),
                projection(qkv, 2, shape),
                scale,
                mask,
                Heads.ofProjection(run.output(0).segment(), tokens, heads, size),
                run.scratch(kernels.scratchBytes(shape, run.workers().count())),
                run.workers());
    }

    private static Heads projection(MemorySegment qkv, int number, AttentionShape shape) {
        long width = (long) shape.heads() * shape.size();
        long tokenStride = PROJECTIONS * width;
        return new Heads(qkv, number * width, shape.keys() * tokenStride, shape.size(), tokenStride);
    }
}
