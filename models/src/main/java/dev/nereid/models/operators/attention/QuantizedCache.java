package dev.nereid.models.operators.attention;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How GroupQueryAttention keeps keys or values in few bits: each number is {@code scale * integer}, with a scale for all or
 * one for each element of each head. Integers of 8 bits are {@code INT8}; those of 4 bits are {@code UINT8}, two in a byte,
 * the first in its low half, 8 added to each. Attention reads tokens as they are kept, those of the same run too.
 *
 * @param bits 8 or 4
 * @param byElement whether each element of each head has a scale
 */
public record QuantizedCache(int bits, boolean byElement) {
    /**
     * What the attributes say of the keys or of the values.
     *
     * @param name {@code k_quant_type} or {@code v_quant_type}
     * @return empty where they are kept as floats
     */
    public static Optional<QuantizedCache> of(Attributes attributes, String name) {
        String type = attributes.text(name, "NONE");
        if (type.equals("NONE")) {
            return Optional.empty();
        }
        if (!List.of("PER_TENSOR", "PER_CHANNEL").contains(type)) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected NONE, PER_TENSOR or PER_CHANNEL, got '" + type + "'");
        }
        long bits = attributes.integer("kv_cache_bit_width", 0);
        if (bits != 4 && bits != 8) {
            throw new ModelFormatException(
                    "attribute 'kv_cache_bit_width': expected 4 or 8 beside " + name + ", got " + bits);
        }
        return Optional.of(new QuantizedCache((int) bits, type.equals("PER_CHANNEL")));
    }

    DataType dataType() {
        return bits == 8 ? DataType.INT8 : DataType.UINT8;
    }

    /** Bytes of a vector of {@code size} numbers. */
    Dim width(Dim size) {
        return bits == 8 ? size : size.plus(Dim.of(1)).floorDivide(Dim.of(2));
    }

    private int width(int size) {
        return bits == 8 ? size : (size + 1) / 2;
    }

    /**
     * The keys, or the values, of the past and of this run, as floats that are only as long as the longest item; the
     * output {@code present} holds them in bits.
     */
    TokenVectors join(
            StepRun run,
            ComputePrecision precision,
            GroupedTokens tokens,
            TokenVectors current,
            int scale,
            int past,
            int present) {
        AttentionSizes sizes = tokens.sizes();
        int heads = sizes.keyHeads();
        int size = sizes.size();
        int width = width(size);
        double[] scales = scales(run, scale, heads, size);
        long rows = (long) sizes.batch() * heads * tokens.capacity();
        MemorySegment kept = run.wants(present) ? run.output(present).segment() : run.scratch(rows * width);
        kept.asSlice(0, rows * width).fill((byte) 0);
        Optional<Tensor> cache = run.has(past) ? Optional.of(run.input(past)) : Optional.empty();
        cache.ifPresent(tensor -> check(
                tensor, past, Shape.of(sizes.batch(), heads, tensor.shape().dim(2), width)));
        MemorySegment memory = run.scratch((long) sizes.batch()
                * heads
                * sizes.keys()
                * size
                * precision.type().bytes());
        TokenVectors read = TokenVectors.stacked(memory, heads, sizes.keys(), size);
        for (int item = 0; item < sizes.batch(); item++) {
            int before = Math.toIntExact(tokens.befores()[item]);
            int total = Math.toIntExact(tokens.totals()[item]);
            for (int head = 0; head < heads; head++) {
                long first = ((long) item * heads + head) * tokens.capacity() * width;
                copyPast(cache, item, head, before, width, kept, first);
                for (int token = before; token < Math.min(total, before + sizes.queries()); token++) {
                    long from = current.index(item, head, token - before);
                    write(
                            current.segment(),
                            precision.type(),
                            from,
                            scales,
                            head,
                            size,
                            kept,
                            first + (long) token * width);
                }
                for (int token = 0; token < sizes.keys(); token++) {
                    long to = read.index(item, head, token);
                    read(kept, first + (long) token * width, scales, head, size, memory, precision.type(), to);
                }
            }
        }
        return read;
    }

    private void check(Tensor cache, int input, Shape expected) {
        if (cache.dataType() != dataType() || !cache.shape().equals(expected)) {
            throw new IllegalArgumentException("input " + input + ": expected a cache of " + dataType()
                    + " of the shape " + expected + ", got " + cache.dataType() + cache.shape());
        }
    }

    private static void copyPast(
            Optional<Tensor> cache, int item, int head, int before, int width, MemorySegment kept, long first) {
        int room = KeyValueCache.tokens(cache);
        if (before > room) {
            throw new IllegalArgumentException(
                    "seqlens_k: item " + item + " has a past of " + before + " tokens, the cache holds " + room);
        }
        if (cache.isPresent() && before > 0) {
            long from = (item * cache.get().shape().dim(1) + head) * room * width;
            MemorySegment.copy(cache.get().segment(), from, kept, first, (long) before * width);
        }
    }

    private double[] scales(StepRun run, int input, int heads, int size) {
        int expected = byElement ? heads * size : 1;
        if (!run.has(input) || run.input(input).shape().elements() != expected) {
            throw new IllegalArgumentException("input " + input + ": expected " + expected + " scales, got "
                    + (run.has(input) ? run.input(input).shape() : "none"));
        }
        Tensor given = run.input(input);
        double[] scales = new double[heads * size];
        Arrays.setAll(scales, i -> RealNumbers.at(given, byElement ? i : 0));
        return scales;
    }

    private void write(
            MemorySegment x,
            DataType type,
            long from,
            double[] scales,
            int head,
            int size,
            MemorySegment kept,
            long at) {
        int most = (1 << (bits - 1)) - 1;
        for (int i = 0; i < size; i++) {
            double scale = scales[head * size + i];
            double scaled = scale == 0 ? 0 : ComputeElements.get(x, type, from + i) / scale;
            int number = (int) Math.max(-most - 1, Math.min(most, Math.rint(scaled)));
            if (bits == 8) {
                kept.set(ValueLayout.JAVA_BYTE, at + i, (byte) number);
            } else {
                int half = (number + 8) << (4 * (i % 2));
                int other = i % 2 == 0 ? 0x80 : kept.get(ValueLayout.JAVA_BYTE, at + i / 2) & 0xf;
                kept.set(ValueLayout.JAVA_BYTE, at + i / 2, (byte) (half | other));
            }
        }
    }

    private void read(
            MemorySegment kept, long at, double[] scales, int head, int size, MemorySegment y, DataType type, long to) {
        for (int i = 0; i < size; i++) {
            int number = bits == 8
                    ? kept.get(ValueLayout.JAVA_BYTE, at + i)
                    : ((kept.get(ValueLayout.JAVA_BYTE, at + i / 2) >> (4 * (i % 2))) & 0xf) - 8;
            ComputeElements.set(y, type, to + i, number * scales[head * size + i]);
        }
    }
}
