package dev.nereid.models.operators.attention;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The tokens of one run of GroupQueryAttention, normed and turned as the node says.
 *
 * @param sizes with as many keys as the item with the most tokens has
 * @param totals tokens of each item, of past and present
 * @param befores tokens of each item's past
 * @param capacity tokens that a present cache has room for
 */
@SuppressWarnings("ArrayRecordComponent")
record GroupedTokens(
        TokenVectors q,
        TokenVectors k,
        TokenVectors v,
        AttentionSizes sizes,
        long[] totals,
        long[] befores,
        int capacity) {

    static GroupedTokens of(AttentionKernels kernels, StepRun run, ComputePrecision precision, Attributes attributes) {
        Shape shape = run.input(GroupQueryAttention.Q).shape();
        int heads = GroupQueryAttention.heads(attributes, "num_heads");
        int keyHeads = GroupQueryAttention.heads(attributes, "kv_num_heads");
        boolean packed = !run.has(GroupQueryAttention.K);
        long parts = packed ? heads + 2L * keyHeads : heads;
        if (shape.rank() != 3 || shape.dim(2) % parts != 0) {
            throw new IllegalArgumentException(
                    "input 0: expected the shape [batch,tokens," + parts + " * size], got " + shape);
        }
        int batch = Math.toIntExact(shape.dim(0));
        int tokens = Math.toIntExact(shape.dim(1));
        int size = Math.toIntExact(shape.dim(2) / parts);
        int most = Math.toIntExact(number(run, GroupQueryAttention.TOTAL));
        int capacity = run.has(GroupQueryAttention.PAST_KEY)
                ? Math.toIntExact(Math.max(
                        most, run.input(GroupQueryAttention.PAST_KEY).shape().dim(2)))
                : most;
        AttentionSizes sizes = new AttentionSizes(batch, heads, keyHeads, tokens, most, size, size);
        MemorySegment first = precision.read(run, run.input(GroupQueryAttention.Q));
        TokenVectors q = TokenVectors.side(first, Math.toIntExact(parts), tokens, size);
        TokenVectors k = packed
                ? q.from((long) heads * size)
                : side(run, precision, GroupQueryAttention.K, batch, keyHeads, tokens, size);
        TokenVectors v = packed
                ? q.from((long) (heads + keyHeads) * size)
                : side(run, precision, GroupQueryAttention.V, batch, keyHeads, tokens, size);
        long[] totals = totals(run, batch, tokens, most);
        // The first tokens of all items come together, padded on the right.
        boolean prompt = tokens == most;
        long[] befores = new long[batch];
        for (int item = 0; !prompt && item < batch; item++) {
            befores[item] = totals[item] - tokens;
            if (befores[item] < 0) {
                throw new IllegalArgumentException("seqlens_k: expected at least the " + tokens
                        + " tokens of this run, got " + totals[item] + " for item " + item);
            }
        }
        GroupedTokens plain = new GroupedTokens(q, k, v, sizes, totals, befores, capacity);
        return plain.normed(run, precision, attributes).turned(kernels, run, precision, attributes, prompt);
    }

    private static long number(StepRun run, int input) {
        long[] numbers = IntegerTensors.read(run.input(input)).orElseThrow();
        if (numbers.length != 1 || numbers[0] < 0) {
            throw new IllegalArgumentException(
                    "input " + input + ": expected one number that is not negative, got " + Arrays.toString(numbers));
        }
        return numbers[0];
    }

    private static TokenVectors side(
            StepRun run, ComputePrecision precision, int input, int batch, int heads, int tokens, int size) {
        Shape expected = Shape.of(batch, tokens, (long) heads * size);
        if (!run.has(input) || !run.input(input).shape().equals(expected)) {
            throw new IllegalArgumentException("input " + input + ": expected the shape " + expected + ", got "
                    + (run.has(input) ? run.input(input).shape() : "none"));
        }
        return TokenVectors.side(precision.read(run, run.input(input)), heads, tokens, size);
    }

    private static long[] totals(StepRun run, int batch, int tokens, int most) {
        long[] totals =
                IntegerTensors.read(run.input(GroupQueryAttention.LENGTHS)).orElseThrow();
        if (totals.length != batch || most < tokens) {
            throw new IllegalArgumentException("expected a length for each of " + batch + " items and a total of at "
                    + "least " + tokens + ", got " + totals.length + " and " + most);
        }
        for (int item = 0; item < batch; item++) {
            totals[item]++;
            if (totals[item] < 0 || totals[item] > most) {
                throw new IllegalArgumentException("seqlens_k: expected less than the total " + most + ", got "
                        + (totals[item] - 1) + " for item " + item);
            }
        }
        return totals;
    }

    /** Queries and keys divided by their root mean squares, where the node has weights for that. */
    private GroupedTokens normed(StepRun run, ComputePrecision precision, Attributes attributes) {
        if (!run.has(GroupQueryAttention.QUERY_NORM) && !run.has(GroupQueryAttention.KEY_NORM)) {
            return this;
        }
        float epsilon = attributes.real("qk_norm_epsilon", 1e-6f);
        return with(
                norm(run, precision, q, sizes.heads(), GroupQueryAttention.QUERY_NORM, epsilon),
                norm(run, precision, k, sizes.keyHeads(), GroupQueryAttention.KEY_NORM, epsilon));
    }

    private TokenVectors norm(
            StepRun run, ComputePrecision precision, TokenVectors x, int heads, int input, float epsilon) {
        int size = sizes.size();
        if (!run.has(input) || run.input(input).shape().elements() != size) {
            throw new IllegalArgumentException("input " + input + ": expected " + size + " weights, got "
                    + (run.has(input) ? run.input(input).shape() : "none"));
        }
        MemorySegment weights = precision.read(run, run.input(input));
        TokenVectors y = room(run, precision, heads);
        forEachVector(heads, (item, head, token) -> {
            long from = x.index(item, head, token);
            long to = y.index(item, head, token);
            double squares = 0;
            for (int i = 0; i < size; i++) {
                double value = ComputeElements.get(x.segment(), precision.type(), from + i);
                squares += value * value;
            }
            double factor = 1 / Math.sqrt(squares / size + epsilon);
            for (int i = 0; i < size; i++) {
                double value = ComputeElements.get(x.segment(), precision.type(), from + i);
                ComputeElements.set(
                        y.segment(),
                        precision.type(),
                        to + i,
                        value * factor * ComputeElements.get(weights, precision.type(), i));
            }
        });
        return y;
    }

    /** Queries and keys at their rotary positions, where the node asks for that. */
    private GroupedTokens turned(
            AttentionKernels kernels, StepRun run, ComputePrecision precision, Attributes attributes, boolean prompt) {
        if (attributes.integer("do_rotary", 0) == 0) {
            return this;
        }
        if (!run.has(GroupQueryAttention.COSINES) || !run.has(GroupQueryAttention.SINES)) {
            throw new IllegalArgumentException("expected cosines and sines beside do_rotary");
        }
        Shape angles = run.input(GroupQueryAttention.COSINES).shape();
        Shape sines = run.input(GroupQueryAttention.SINES).shape();
        if (angles.rank() != 2 || !angles.equals(sines) || 2 * angles.dim(1) > sizes.size()) {
            throw new IllegalArgumentException("expected cosines and sines [positions,rotated / 2] of at most half of "
                    + sizes.size() + " elements, got " + angles + " and " + sines);
        }
        RotaryPositions rotation = new RotaryPositions(
                kernels,
                precision.type(),
                run.input(GroupQueryAttention.COSINES),
                run.input(GroupQueryAttention.SINES),
                Math.toIntExact(2 * angles.dim(1)),
                attributes.integer("rotary_interleaved", 0) != 0);
        long[] rows = positions(run, prompt, angles.dim(0));
        TokenVectors queries = room(run, precision, sizes.heads());
        TokenVectors keys = room(run, precision, sizes.keyHeads());
        rotation.turn(run, q, queries, sizes.batch(), sizes.heads(), sizes.queries(), sizes.size(), rows);
        rotation.turn(run, k, keys, sizes.batch(), sizes.keyHeads(), sizes.queries(), sizes.size(), rows);
        return with(queries, keys);
    }

    private long[] positions(StepRun run, boolean prompt, long limit) {
        int tokens = sizes.queries();
        long[] rows = new long[sizes.batch() * tokens];
        boolean given = run.has(GroupQueryAttention.POSITIONS);
        long[] positions = given
                ? IntegerTensors.read(run.input(GroupQueryAttention.POSITIONS)).orElseThrow()
                : new long[0];
        if (given && positions.length != rows.length) {
            throw new IllegalArgumentException(
                    "position_ids: expected " + rows.length + " numbers, got " + positions.length);
        }
        for (int i = 0; i < rows.length; i++) {
            int token = i % tokens;
            if (given) {
                // Of the positions of a prompt only the first counts.
                rows[i] = prompt && tokens > 1 ? positions[0] + token : positions[i];
            } else {
                rows[i] = befores[i / tokens] + token;
            }
            if (rows[i] < 0 || rows[i] >= limit) {
                throw new IllegalArgumentException(
                        "position " + rows[i] + " is outside the " + limit + " rows of cosines");
            }
        }
        return rows;
    }

    private GroupedTokens with(TokenVectors queries, TokenVectors keys) {
        return new GroupedTokens(queries, keys, v, sizes, totals, befores, capacity);
    }

    private TokenVectors room(StepRun run, ComputePrecision precision, int heads) {
        long elements = (long) sizes.batch() * sizes.queries() * heads * sizes.size();
        MemorySegment memory = run.scratch(elements * precision.type().bytes());
        return TokenVectors.side(memory, heads, sizes.queries(), sizes.size());
    }

    private interface Vectors {
        void visit(int item, int head, int token);
    }

    private void forEachVector(int heads, Vectors visitor) {
        for (int item = 0; item < sizes.batch(); item++) {
            for (int token = 0; token < sizes.queries(); token++) {
                for (int head = 0; head < heads; head++) {
                    visitor.visit(item, head, token);
                }
            }
        }
    }

    /**
     * The keys, or the values, of the past and of this run. The cache is kept in the datatype of the node; what is
     * computed with is only as long as the longest item.
     */
    TokenVectors join(StepRun run, ComputePrecision precision, TokenVectors current, int past, int present) {
        int size = sizes.size();
        int heads = sizes.keyHeads();
        DataType type = run.input(GroupQueryAttention.Q).dataType();
        long bytes = (long) sizes.batch() * heads * capacity * size * type.bytes();
        MemorySegment memory = run.wants(present) ? run.output(present).segment() : run.scratch(bytes);
        memory.asSlice(0, bytes).fill((byte) 0);
        TokenVectors all = TokenVectors.stacked(memory, heads, capacity, size);
        copyPast(run, all, past, type);
        forEachVector(
                heads,
                (item, head, token) -> precision.write(
                        current.segment(),
                        current.index(item, head, token),
                        type,
                        memory,
                        all.index(item, head, Math.toIntExact(befores[item]) + token),
                        size));
        return computable(run, precision, all, type);
    }

    private void copyPast(StepRun run, TokenVectors all, int past, DataType type) {
        if (!run.has(past)) {
            if (Arrays.stream(befores).anyMatch(before -> before > 0)) {
                throw new IllegalArgumentException("seqlens_k: there is no cache for the tokens of a past");
            }
            return;
        }
        Tensor cache = run.input(past);
        int heads = sizes.keyHeads();
        KeyValueCache.check(cache, sizes.batch(), heads, sizes.size());
        if (cache.dataType() != type) {
            throw new IllegalArgumentException(
                    "input " + past + ": expected a cache of " + type + " as input 0, got " + cache.dataType());
        }
        int room = Math.toIntExact(cache.shape().dim(2));
        TokenVectors cached = TokenVectors.stacked(cache.segment(), heads, room, sizes.size());
        for (int item = 0; item < sizes.batch(); item++) {
            int before = Math.toIntExact(befores[item]);
            if (before > room) {
                throw new IllegalArgumentException(
                        "seqlens_k: item " + item + " has a past of " + before + " tokens, the cache holds " + room);
            }
            cached.from(item * cached.itemStride())
                    .copyTo(all.from(item * all.itemStride()), 0, 1, heads, before, sizes.size(), type.bytes());
        }
    }

    /** The tokens of a cache in the datatype that is computed in. */
    private TokenVectors computable(StepRun run, ComputePrecision precision, TokenVectors all, DataType type) {
        if (type == precision.type()) {
            return all;
        }
        int heads = sizes.keyHeads();
        int keys = sizes.keys();
        long elements = (long) sizes.batch() * heads * keys * sizes.size();
        MemorySegment memory = run.scratch(elements * precision.type().bytes());
        TokenVectors read = TokenVectors.stacked(memory, heads, keys, sizes.size());
        for (int item = 0; item < sizes.batch(); item++) {
            for (int head = 0; head < heads; head++) {
                long from = all.index(item, head, 0);
                precision.read(all.segment(), from, type, memory, read.index(item, head, 0), keys * sizes.size());
            }
        }
        return read;
    }
}
