package dev.nereid.models.operators.attention;

import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Shape;
import java.util.Arrays;

/**
 * The sizes of a linear attention.
 *
 * @param size elements of a query and of a key of one head
 * @param valueSize elements of a value of one head
 */
record LinearAttentionSizes(int batch, int tokens, int heads, int keyHeads, int size, int valueSize) {
    /** @throws IllegalArgumentException if the inputs do not fit each other */
    static LinearAttentionSizes of(StepRun run, int heads, int keyHeads) {
        Shape q = run.input(LinearAttention.Q).shape();
        Shape v = run.input(LinearAttention.V).shape();
        LinearAttentionSizes sizes = new LinearAttentionSizes(
                Math.toIntExact(q.dim(0)),
                Math.toIntExact(q.dim(1)),
                heads,
                keyHeads,
                Math.toIntExact(q.dim(2) / heads),
                Math.toIntExact(v.dim(2) / keyHeads));
        sizes.check(run);
        return sizes;
    }

    private void check(StepRun run) {
        long keys = (long) keyHeads * size;
        check(run, LinearAttention.Q, token((long) heads * size));
        check(run, LinearAttention.K, token(keys));
        check(run, LinearAttention.V, token((long) keyHeads * valueSize));
        check(run, LinearAttention.PAST, Shape.of(batch, keyHeads, size, valueSize));
        check(run, LinearAttention.DECAY, token(keyHeads), token(keys));
        check(run, LinearAttention.BETA, token(keyHeads), token(1));
        check(run, LinearAttention.ERASE, token(keys));
    }

    private Shape token(long elements) {
        return Shape.of(batch, tokens, elements);
    }

    private static void check(StepRun run, int input, Shape... accepted) {
        if (run.has(input) && !Arrays.asList(accepted).contains(run.input(input).shape())) {
            throw new IllegalArgumentException("input " + input + ": expected the shape " + Arrays.toString(accepted)
                    + ", got " + run.input(input).shape());
        }
    }
}
