package dev.nereid.server.protocol.json;

import dev.nereid.kernels.text.FloatDecimals;
import dev.nereid.memory.SlabPool;
import java.lang.foreign.MemorySegment;

/** Gives floats to a writer a block at a time, with their decimals where there are enough of them to compute these together. */
public final class FloatBlocks {
    /** Fewer floats are not worth it to look for their decimals together. */
    private static final long MANY = 1024;
    /** Scratch areas of a few writers are kept. */
    private static final SlabPool SCRATCH = new SlabPool(8 * 2 * FloatDecimals.SCRATCH_BYTES);

    private FloatBlocks() {}

    /** Writes blocks of at most {@link FloatDecimals#BLOCK} floats. */
    public interface Writer {
        /** Writes floats of which no decimals are known. */
        void plain(long first, int count);

        /**
         * Writes floats.
         *
         * @param decimals what {@link FloatDecimals#find} found of these, until the method returns
         */
        void found(long first, int count, MemorySegment decimals);
    }

    /**
     * Hands over the floats from one index to another, in order.
     *
     * @param floats little-endian
     */
    public static void write(MemorySegment floats, long from, long to, Writer writer) {
        if (to - from < MANY || !FloatDecimals.WARM_UP.isDone(to - from)) {
            for (long i = from; i < to; i += FloatDecimals.BLOCK) {
                writer.plain(i, (int) Math.min(FloatDecimals.BLOCK, to - i));
            }
            return;
        }
        try (SlabPool.Slab slab = SCRATCH.take(FloatDecimals.SCRATCH_BYTES)) {
            MemorySegment scratch = slab.segment();
            for (long i = from; i < to; i += FloatDecimals.BLOCK) {
                int count = (int) Math.min(FloatDecimals.BLOCK, to - i);
                if (FloatDecimals.find(floats, i * Float.BYTES, count, scratch)) {
                    writer.found(i, count, scratch);
                } else {
                    writer.plain(i, count);
                }
            }
        }
    }
}
