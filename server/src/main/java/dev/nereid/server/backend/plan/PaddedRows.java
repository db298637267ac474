package dev.nereid.server.backend.plan;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.PadElement;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Makes one tensor of texts of different lengths, and takes from one what is not padding. */
final class PaddedRows {
    private final Tensor from;
    private final Tensor to;
    private final Shape corner;
    /** The innermost axis along which one of the two is longer than the corner; elements behind it are copied at once. */
    private final int last;

    private PaddedRows(Tensor from, Tensor to, Shape corner) {
        this.from = from;
        this.to = to;
        this.corner = corner;
        int axis = corner.rank() - 1;
        while (axis > 0 && from.shape().dim(axis) == to.shape().dim(axis)) {
            axis--;
        }
        this.last = axis;
    }

    /**
     * The texts of several tensors, each padded to the longest.
     *
     * @param parts at least one, [texts, tokens, ...] each, alike in all dims but those two
     * @param slabs receives the memory
     * @return [all texts, most tokens, ...]
     */
    static Tensor join(List<Tensor> parts, PadElement padding, SlabPool memory, List<SlabPool.Slab> slabs) {
        long texts = 0;
        long longest = 0;
        for (Tensor part : parts) {
            texts += part.shape().dim(0);
            longest = Math.max(longest, part.shape().dim(1));
        }
        Tensor first = parts.getFirst();
        Tensor whole = blank(first.dataType(), first.shape().withDim(0, texts).withDim(1, longest), memory, slabs);
        padding.fill(whole);
        long textElements = whole.shape().elements(1, whole.shape().rank());
        long text = 0;
        for (Tensor part : parts) {
            new PaddedRows(part, whole, part.shape()).copy(0, 0, text * textElements);
            text += part.shape().dim(0);
        }
        return whole;
    }

    /**
     * The part of a tensor that begins where it begins.
     *
     * @param shape at most the tensor's in each dim
     * @param slabs receives the memory, where elements have to be moved
     */
    static Tensor corner(Tensor whole, Shape shape, SlabPool memory, List<SlabPool.Slab> slabs) {
        if (shape.equals(whole.shape())) {
            return whole;
        }
        Tensor part = blank(whole.dataType(), shape, memory, slabs);
        new PaddedRows(whole, part, shape).copy(0, 0, 0);
        return part;
    }

    /** A tensor whose elements are to be set; {@code slabs} receives its memory. */
    static Tensor blank(DataType type, Shape shape, SlabPool memory, List<SlabPool.Slab> slabs) {
        if (type == DataType.STRING) {
            return Tensor.ofStrings(shape, new byte[Math.toIntExact(shape.elements())][]);
        }
        SlabPool.Slab slab = memory.take(Math.max(shape.elements(), 1) * type.bytes());
        slabs.add(slab);
        return Tensor.of(type, shape, slab.segment());
    }

    /** Copies the corner from one axis on; places are in elements. */
    private void copy(int axis, long fromAt, long toAt) {
        if (axis == last) {
            move(fromAt, toAt, corner.elements(axis, corner.rank()));
            return;
        }
        long fromStep = from.shape().elements(axis + 1, corner.rank());
        long toStep = to.shape().elements(axis + 1, corner.rank());
        for (long i = 0; i < corner.dim(axis); i++) {
            copy(axis + 1, fromAt + i * fromStep, toAt + i * toStep);
        }
    }

    private void move(long fromAt, long toAt, long elements) {
        if (from.dataType() == DataType.STRING) {
            System.arraycopy(from.strings(), (int) fromAt, to.strings(), (int) toAt, (int) elements);
        } else {
            long bytes = from.dataType().bytes();
            MemorySegment.copy(from.segment(), fromAt * bytes, to.segment(), toAt * bytes, elements * bytes);
        }
    }
}
