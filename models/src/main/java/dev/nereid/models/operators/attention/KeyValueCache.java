package dev.nereid.models.operators.attention;

import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Keys or values of earlier tokens, [batch, heads, tokens, size], and those of a run behind them. */
public final class KeyValueCache {
    private KeyValueCache() {}

    /** Tokens in a cache that may not be there. */
    static int tokens(Optional<Tensor> past) {
        return past.map(tensor -> Math.toIntExact(tensor.shape().dim(2))).orElse(0);
    }

    /**
     * Refuses a cache whose shape is not [batch, heads, any, size].
     *
     * @throws IllegalArgumentException naming the expected and the actual shape
     */
    public static void check(Tensor past, int batch, int heads, int size) {
        check(past.shape(), batch, heads, size);
    }

    /**
     * Refuses a shape that is not [batch, heads, any, size].
     *
     * @throws IllegalArgumentException naming the expected and the actual shape
     */
    public static void check(Shape shape, int batch, int heads, int size) {
        if (shape.rank() != 4 || shape.dim(0) != batch || shape.dim(1) != heads || shape.dim(3) != size) {
            throw new IllegalArgumentException(
                    "expected a cache of the shape [" + batch + "," + heads + ",past," + size + "], got " + shape);
        }
    }

    /**
     * All tokens together, in the memory of the node's output if anybody reads that.
     *
     * @param current the tokens of this run: [batch, heads, tokens, size], of the cache's datatype
     * @return the tokens in the layout of the cache, or {@code current} where there is nothing to join
     */
    static TokenVectors append(
            StepRun run,
            Optional<Tensor> past,
            TokenVectors current,
            DataType type,
            int output,
            int batch,
            int heads,
            int tokens,
            int size) {
        past.ifPresent(tensor -> check(tensor, batch, heads, size));
        boolean wanted = run.wants(output);
        if (!wanted && past.isEmpty()) {
            return current;
        }
        int before = tokens(past);
        int all = before + tokens;
        MemorySegment memory =
                wanted ? run.output(output).segment() : run.scratch((long) batch * heads * all * size * type.bytes());
        TokenVectors present = TokenVectors.stacked(memory, heads, all, size);
        past.ifPresent(tensor -> TokenVectors.stacked(tensor.segment(), heads, before, size)
                .copyTo(present, 0, batch, heads, before, size, type.bytes()));
        current.copyTo(present, before, batch, heads, tokens, size, type.bytes());
        return present;
    }
}
