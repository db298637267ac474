package dev.nereid.models.operators.attention;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * The projections of one attention, in one of the layouts that com.microsoft.MultiHeadAttention takes: each by itself,
 * [batch, tokens, heads * size]; all in the first input, [batch, tokens, heads, 3, size] or [batch, tokens, 3 * heads *
 * size]; keys and values in the second, [batch, tokens, heads, 2, size]; or keys and values as a cache has them, [batch,
 * heads, tokens, size], to which no bias is added.
 *
 * @param keys tokens of this run that are asked
 */
public record ProjectedHeads(
        TokenVectors q,
        TokenVectors k,
        TokenVectors v,
        int batch,
        int heads,
        int queries,
        int keys,
        int size,
        int valueSize) {

    /** What the types say of the sizes. */
    public record Dims(Dim keys, Dim size, Dim valueSize) {}

    /** The sizes of inputs of known ranks. */
    public static Dims dims(Inference inference, int heads) {
        TensorType q = inference.type(0);
        if (q.rank() == 5) {
            return new Dims(q.dim(1), q.dim(4), q.dim(4));
        }
        if (!inference.has(1)) {
            Dim size = q.dim(2).floorDivide(Dim.of(3L * heads));
            return new Dims(q.dim(1), size, size);
        }
        Dim size = q.dim(2).floorDivide(Dim.of(heads));
        TensorType k = inference.type(1);
        if (k.rank() == 5) {
            return new Dims(k.dim(1), size, k.dim(4));
        }
        if (k.rank() == 4) {
            return new Dims(k.dim(2), size, inference.type(2).dim(3));
        }
        return new Dims(k.dim(1), size, inference.type(2).dim(2).floorDivide(Dim.of(heads)));
    }

    AttentionSizes sizes(int before) {
        return new AttentionSizes(batch, heads, heads, queries, before + keys, size, valueSize);
    }

    /**
     * Finds the projections and adds their biases.
     *
     * @param bias the input with the biases, which may be left out
     * @throws IllegalArgumentException if the inputs do not fit each other
     */
    static ProjectedHeads of(StepRun run, ComputePrecision precision, int heads, int bias) {
        ProjectedHeads found = find(run, precision, heads);
        if (!run.has(bias)) {
            return found;
        }
        long hidden = (long) heads * found.size();
        long all = 2 * hidden + (long) heads * found.valueSize();
        if (run.input(bias).shape().elements() != all) {
            throw new IllegalArgumentException("input " + bias + ": expected " + all + " numbers, got "
                    + run.input(bias).shape());
        }
        MemorySegment added = precision.read(run, run.input(bias));
        boolean cached = run.has(1) && run.input(1).shape().rank() == 4;
        return new ProjectedHeads(
                found.sum(run, precision, found.q(), found.queries(), found.size(), added, 0),
                cached ? found.k() : found.sum(run, precision, found.k(), found.keys(), found.size(), added, hidden),
                cached
                        ? found.v()
                        : found.sum(run, precision, found.v(), found.keys(), found.valueSize(), added, 2 * hidden),
                found.batch(),
                heads,
                found.queries(),
                found.keys(),
                found.size(),
                found.valueSize());
    }

    private TokenVectors sum(
            StepRun run,
            ComputePrecision precision,
            TokenVectors x,
            int tokens,
            int length,
            MemorySegment added,
            long from) {
        long elements = (long) batch * heads * tokens * length;
        TokenVectors y =
                TokenVectors.side(run.scratch(elements * precision.type().bytes()), heads, tokens, length);
        for (int item = 0; item < batch; item++) {
            for (int token = 0; token < tokens; token++) {
                for (int head = 0; head < heads; head++) {
                    long at = x.index(item, head, token);
                    long to = y.index(item, head, token);
                    for (int i = 0; i < length; i++) {
                        double value = ComputeElements.get(x.segment(), precision.type(), at + i)
                                + ComputeElements.get(added, precision.type(), from + (long) head * length + i);
                        ComputeElements.set(y.segment(), precision.type(), to + i, value);
                    }
                }
            }
        }
        return y;
    }

    private static ProjectedHeads find(StepRun run, ComputePrecision precision, int heads) {
        Shape q = run.input(0).shape();
        MemorySegment segment = precision.read(run, run.input(0));
        int batch = Math.toIntExact(q.dim(0));
        int queries = Math.toIntExact(q.dim(1));
        if (q.rank() == 5) {
            require(q.dim(2) == heads && q.dim(3) == 3, 0, "[batch,tokens," + heads + ",3,size]", q);
            return packed(segment, 3 * q.dim(4), q.dim(4), batch, heads, queries);
        }
        require(q.rank() == 3, 0, "[batch,tokens,heads * size]", q);
        if (!run.has(1)) {
            require(q.dim(2) % (3L * heads) == 0, 0, "[batch,tokens,3 * " + heads + " * size]", q);
            int size = Math.toIntExact(q.dim(2) / (3L * heads));
            long hidden = (long) heads * size;
            TokenVectors first = new TokenVectors(segment, 0, queries * 3L * hidden, size, 3 * hidden);
            return new ProjectedHeads(
                    first, first.from(hidden), first.from(2 * hidden), batch, heads, queries, queries, size, size);
        }
        require(q.dim(2) % heads == 0, 0, "[batch,tokens," + heads + " * size]", q);
        int size = Math.toIntExact(q.dim(2) / heads);
        TokenVectors queryHeads = TokenVectors.side(segment, heads, queries, size);
        return behind(run, precision, queryHeads, batch, heads, queries, size);
    }

    /** The keys and values of inputs 1 and 2. */
    private static ProjectedHeads behind(
            StepRun run, ComputePrecision precision, TokenVectors q, int batch, int heads, int queries, int size) {
        Shape k = run.input(1).shape();
        MemorySegment keys = precision.read(run, run.input(1));
        require(k.rank() >= 3 && k.dim(0) == batch, 1, "one of the batch " + batch, k);
        if (k.rank() == 5) {
            boolean fits = k.dim(2) == heads && k.dim(3) == 2 && k.dim(4) == size;
            require(fits, 1, "[" + batch + ",keys," + heads + ",2," + size + "]", k);
            int tokens = Math.toIntExact(k.dim(1));
            TokenVectors first = new TokenVectors(keys, 0, 2L * tokens * heads * size, 2L * size, 2L * heads * size);
            return new ProjectedHeads(q, first, first.from(size), batch, heads, queries, tokens, size, size);
        }
        require(run.has(2), 2, "values beside keys", k);
        Shape v = run.input(2).shape();
        MemorySegment values = precision.read(run, run.input(2));
        if (k.rank() == 4) {
            int tokens = Math.toIntExact(k.dim(2));
            require(k.dim(1) == heads && k.dim(3) == size, 1, "[" + batch + "," + heads + ",keys," + size + "]", k);
            boolean fits = v.rank() == 4 && v.dim(0) == batch && v.dim(1) == heads && v.dim(2) == tokens;
            require(fits, 2, "[" + batch + "," + heads + "," + tokens + ",size]", v);
            int valueSize = Math.toIntExact(v.dim(3));
            return new ProjectedHeads(
                    q,
                    TokenVectors.stacked(keys, heads, tokens, size),
                    TokenVectors.stacked(values, heads, tokens, valueSize),
                    batch,
                    heads,
                    queries,
                    tokens,
                    size,
                    valueSize);
        }
        int tokens = Math.toIntExact(k.dim(1));
        require(k.dim(2) == (long) heads * size, 1, "[" + batch + ",keys," + heads * size + "]", k);
        boolean fits = v.rank() == 3 && v.dim(0) == batch && v.dim(1) == tokens && v.dim(2) % heads == 0;
        require(fits, 2, "[" + batch + "," + tokens + "," + heads + " * size]", v);
        int valueSize = Math.toIntExact(v.dim(2) / heads);
        return new ProjectedHeads(
                q,
                TokenVectors.side(keys, heads, tokens, size),
                TokenVectors.side(values, heads, tokens, valueSize),
                batch,
                heads,
                queries,
                tokens,
                size,
                valueSize);
    }

    private static ProjectedHeads packed(
            MemorySegment segment, long headStride, long length, int batch, int heads, int tokens) {
        int size = Math.toIntExact(length);
        TokenVectors first =
                new TokenVectors(segment, 0, (long) tokens * heads * headStride, headStride, heads * headStride);
        return new ProjectedHeads(
                first, first.from(size), first.from(2L * size), batch, heads, tokens, tokens, size, size);
    }

    private static void require(boolean condition, int input, String expected, Shape got) {
        if (!condition) {
            throw new IllegalArgumentException("input " + input + ": expected " + expected + ", got " + got);
        }
    }
}
