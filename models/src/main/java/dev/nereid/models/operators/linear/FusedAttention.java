package dev.nereid.models.operators.linear;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.AttentionMask;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.kernels.attention.Heads;
import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.device.DeviceAttention;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.WideningOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * dev.nereid.FusedAttention, which passes emit: for every head {@code y = softmax(scale * q * transposed(k) + mask) * v}.
 *
 * <p>Inputs, of {@code FP32}: q: [batch, queries, heads * size]; k: [batch, keys, heads * size]; v: [batch, keys, heads *
 * valueSize]; mask, optional: broadcasts to [batch, heads, queries, keys]. Output: y: [batch, queries, heads *
 * valueSize]. Attributes: the integer {@code heads}, which divides the last axis of q, k and v; the real {@code scale},
 * 1 if absent.
 */
final class FusedAttention implements WideningOperator {
    private static final int MASK = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        for (int input = 0; input < 3; input++) {
            TensorType type = inference.type(input);
            if (type.dataType() != DataType.FP32 || !type.hasRank() || type.rank() != 3) {
                throw new ModelFormatException("input " + input + ": expected a tensor of FP32 of rank 3, got " + type);
            }
        }
        TensorType q = inference.type(0);
        return List.of(TensorType.of(
                DataType.FP32, List.of(q.dim(0), q.dim(1), inference.type(2).dim(2))));
    }

    @Override
    public void lower(Lowering lowering) {
        AttentionKernels kernels = lowering.kernels().attention();
        int heads = heads(lowering.attributes());
        float scale = lowering.attributes().real("scale", 1f);
        lowering.step(run -> attend(kernels, run, heads, scale));
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        int heads = heads(node.attributes());
        float scale = node.attributes().real("scale", 1f);
        Dim most = Dim.of((long) heads * abilities.mostHeadSize());
        for (int input = 0; input < MASK; input++) {
            Dim width = node.type(input).dim(2);
            if (!width.isKnown() || width.value() > most.value()) {
                return Optional.empty();
            }
        }
        List<Integer> reads = node.has(MASK) ? List.of(0, 1, 2, MASK) : List.of(0, 1, 2);
        return Optional.of(DeviceStep.computing(reads, run -> {
            AttentionShape shape = shape(
                    run.input(0).shape(), run.input(1).shape(), run.input(2).shape(), heads);
            int[] mask = run.has(MASK)
                    ? Arrays.stream(maskStrides(run.input(MASK).shape(), shape))
                            .mapToInt(Math::toIntExact)
                            .toArray()
                    : new int[MASK + 1];
            run.kernels()
                    .attend(
                            new DeviceAttention(
                                    shape,
                                    scale,
                                    projection(shape.queries(), heads, shape.size()),
                                    projection(shape.keys(), heads, shape.size()),
                                    projection(shape.keys(), heads, shape.valueSize()),
                                    projection(shape.queries(), heads, shape.valueSize()),
                                    mask),
                            run.input(0).address(),
                            run.input(1).address(),
                            run.input(2).address(),
                            run.has(MASK) ? run.input(MASK).address() : 0,
                            run.output(0).address());
        }));
    }

    /** Strides of [batch, tokens, heads * size] along items, heads and tokens. */
    private static int[] projection(int tokens, int heads, int size) {
        return new int[] {tokens * heads * size, size, heads * size};
    }

    /** The attribute {@code heads}. */
    static int heads(Attributes attributes) {
        int heads = Math.toIntExact(attributes.integer("heads", 0));
        if (heads < 1) {
            throw new ModelFormatException("attribute 'heads': expected a positive number, got " + heads);
        }
        return heads;
    }

    private static void attend(AttentionKernels kernels, StepRun run, int heads, float scale) {
        Tensor q = run.input(0);
        Tensor k = run.input(1);
        Tensor v = run.input(2);
        AttentionShape shape = shape(q.shape(), k.shape(), v.shape(), heads);
        Optional<AttentionMask> mask = run.has(MASK) ? Optional.of(mask(run.input(MASK), shape)) : Optional.empty();
        long scratch = kernels.scratchBytes(shape, run.workers().count());
        kernels.attend(
                shape,
                Heads.ofProjection(q.segment(), shape.queries(), heads, shape.size()),
                Heads.ofProjection(k.segment(), shape.keys(), heads, shape.size()),
                Heads.ofProjection(v.segment(), shape.keys(), heads, shape.valueSize()),
                scale,
                mask,
                Heads.ofProjection(run.output(0).segment(), shape.queries(), heads, shape.valueSize()),
                run.scratch(scratch),
                run.workers());
    }

    private static AttentionShape shape(Shape q, Shape k, Shape v, int heads) {
        boolean fits = q.dim(0) == k.dim(0)
                && q.dim(0) == v.dim(0)
                && k.dim(1) == v.dim(1)
                && q.dim(2) == k.dim(2)
                && q.dim(2) % heads == 0
                && v.dim(2) % heads == 0;
        if (!fits) {
            throw new IllegalArgumentException(
                    "expected q, k and v of one attention of " + heads + " heads, got " + q + ", " + k + ", " + v);
        }
        return new AttentionShape(
                Math.toIntExact(q.dim(0)),
                heads,
                Math.toIntExact(q.dim(1)),
                Math.toIntExact(k.dim(1)),
                Math.toIntExact(q.dim(2) / heads),
                Math.toIntExact(v.dim(2) / heads));
    }

    /** A mask that broadcasts to the scores. */
    static AttentionMask mask(Tensor mask, AttentionShape shape) {
        long[] strides = maskStrides(mask.shape(), shape);
        return new AttentionMask(mask.segment(), 0, strides[0], strides[1], strides[2], strides[3]);
    }

    private static long[] maskStrides(Shape given, AttentionShape shape) {
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
