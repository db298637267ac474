package dev.nereid.models.operators.linear;

import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.kernels.attention.Heads;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Where the heads of an attention's q, k, v and y lie, each tensor as it comes.
 *
 * @param heads of q and y
 * @param keySharing heads that each head of k serves
 * @param valueSharing heads that each head of v serves
 */
public record AttentionLayout(int heads, int keySharing, int valueSharing, Place q, Place k, Place v, Place y) {
    /** The axes of a tensor. */
    public enum Place {
        /** [batch, tokens, heads * size]. */
        JOINED,
        /** [batch, heads, tokens, size]. */
        FIRST,
        /** [batch, tokens, heads, size]. */
        APART;

        int rank() {
            return this == JOINED ? 3 : 4;
        }

        int tokensAxis() {
            return this == FIRST ? 2 : 1;
        }

        private int headsOf(Shape shape, int heads) {
            return this == JOINED ? heads : Math.toIntExact(shape.dim(this == FIRST ? 1 : 2));
        }

        private long size(Shape shape, int heads) {
            return this == JOINED ? shape.dim(2) / heads : shape.dim(3);
        }

        /** Strides along items, heads and tokens. */
        public int[] strides(int tokens, int heads, int size) {
            return this == FIRST
                    ? new int[] {heads * tokens * size, tokens * size, size}
                    : new int[] {tokens * heads * size, size, heads * size};
        }

        private Heads over(MemorySegment segment, int tokens, int heads, int size) {
            return this == FIRST
                    ? new Heads(segment, 0, (long) heads * tokens * size, (long) tokens * size, size)
                    : Heads.ofProjection(segment, tokens, heads, size);
        }
    }

    /** The layout that the attributes {@code heads} and {@code places} (those of q, k, v and y; joined if absent) tell. */
    public static AttentionLayout of(Attributes attributes) {
        long[] places = attributes.integers("places").orElse(new long[4]);
        if (places.length != 4) {
            throw new ModelFormatException("attribute 'places': expected 4 of them, got " + places.length);
        }
        int heads = FusedAttention.heads(attributes);
        long[] sharing = attributes.integers("sharing").orElse(new long[] {1, 1});
        if (sharing.length != 2 || !divides(sharing[0], heads) || !divides(sharing[1], heads)) {
            throw new ModelFormatException(
                    "attribute 'sharing': expected two divisors of " + heads + ", got " + Arrays.toString(sharing));
        }
        return new AttentionLayout(
                heads,
                (int) sharing[0],
                (int) sharing[1],
                place(places[0]),
                place(places[1]),
                place(places[2]),
                place(places[3]));
    }

    private static boolean divides(long sharing, int heads) {
        return sharing > 0 && heads % sharing == 0;
    }

    private static Place place(long number) {
        Place[] places = Place.values();
        if (number < 0 || number >= places.length) {
            throw new ModelFormatException("attribute 'places': there is none of number " + number);
        }
        return places[(int) number];
    }

    /** The type of y. */
    TensorType output(TensorType qType, TensorType kType, TensorType vType) {
        DataType type = qType.dataType();
        if (type != DataType.FP32 && !DataTypes.HALVES.contains(type)) {
            throw new ModelFormatException("input 0: expected a tensor of FP32, FP16 or BF16, got " + qType);
        }
        require(0, qType, type, q);
        require(1, kType, type, k);
        require(2, vType, type, v);
        Dim tokens = qType.dim(q.tokensAxis());
        Dim width = vType.dim(-1);
        if (y == Place.JOINED) {
            Dim all = v == Place.JOINED ? width.times(valueSharing) : width.times(heads);
            return TensorType.of(type, List.of(qType.dim(0), tokens, all));
        }
        Dim size = v == Place.JOINED ? width.floorDivide(Dim.of(heads / valueSharing)) : width;
        return TensorType.of(
                type,
                y == Place.FIRST
                        ? List.of(qType.dim(0), Dim.of(heads), tokens, size)
                        : List.of(qType.dim(0), tokens, Dim.of(heads), size));
    }

    private static void require(int input, TensorType type, DataType dataType, Place place) {
        if (type.dataType() != dataType || !type.hasRank() || type.rank() != place.rank()) {
            throw new ModelFormatException("input " + input + ": expected a tensor of " + dataType + " of rank "
                    + place.rank() + ", got " + type);
        }
    }

    /** Whether the shapes of a node are known to be those of this attention, with heads of at most so many elements. */
    public boolean fits(Inference node, int mostHeadSize) {
        return fits(node.type(0), q, heads, mostHeadSize)
                && fits(node.type(1), k, keyHeads(), mostHeadSize)
                && fits(node.type(2), v, valueHeads(), mostHeadSize);
    }

    private static boolean fits(TensorType type, Place place, int heads, int mostHeadSize) {
        boolean joined = place == Place.JOINED;
        Dim width = type.dim(-1);
        return width.isKnown()
                && width.value() <= (joined ? (long) heads * mostHeadSize : mostHeadSize)
                && (joined || type.dim(place == Place.FIRST ? 1 : 2).is(heads));
    }

    /** Heads of k. */
    public int keyHeads() {
        return heads / keySharing;
    }

    /** Heads of v. */
    public int valueHeads() {
        return heads / valueSharing;
    }

    /** The sizes of an attention with these operands. */
    public AttentionShape shape(Shape qShape, Shape kShape, Shape vShape) {
        boolean fits = qShape.dim(0) == kShape.dim(0)
                && qShape.dim(0) == vShape.dim(0)
                && kShape.dim(k.tokensAxis()) == vShape.dim(v.tokensAxis())
                && q.headsOf(qShape, heads) == heads
                && k.headsOf(kShape, keyHeads()) == keyHeads()
                && v.headsOf(vShape, valueHeads()) == valueHeads()
                && (q != Place.JOINED || qShape.dim(2) % heads == 0)
                && (k != Place.JOINED || kShape.dim(2) % keyHeads() == 0)
                && (v != Place.JOINED || vShape.dim(2) % valueHeads() == 0)
                && q.size(qShape, heads) == k.size(kShape, keyHeads());
        if (!fits) {
            throw new IllegalArgumentException("expected q, k and v of one attention of " + heads + " heads, got "
                    + qShape + ", " + kShape + ", " + vShape);
        }
        return new AttentionShape(
                Math.toIntExact(qShape.dim(0)),
                heads,
                Math.toIntExact(qShape.dim(q.tokensAxis())),
                Math.toIntExact(kShape.dim(k.tokensAxis())),
                Math.toIntExact(q.size(qShape, heads)),
                Math.toIntExact(v.size(vShape, valueHeads())));
    }

    /** The vectors of q. */
    Heads queries(MemorySegment segment, AttentionShape shape) {
        return q.over(segment, shape.queries(), heads, shape.size());
    }

    /** The vectors of k. */
    Heads keys(MemorySegment segment, AttentionShape shape) {
        return k.over(segment, shape.keys(), keyHeads(), shape.size()).sharedBy(keySharing);
    }

    /** The vectors of v. */
    Heads values(MemorySegment segment, AttentionShape shape) {
        return v.over(segment, shape.keys(), valueHeads(), shape.valueSize()).sharedBy(valueSharing);
    }

    /** The vectors of y. */
    Heads results(MemorySegment segment, AttentionShape shape) {
        return y.over(segment, shape.queries(), heads, shape.valueSize());
    }
}
