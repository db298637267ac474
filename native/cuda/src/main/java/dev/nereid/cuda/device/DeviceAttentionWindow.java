package dev.nereid.cuda.device;

import dev.nereid.tensor.DataType;
import java.util.Objects;

/**
 * The attention window: which keys each query may attend to, beside the mask (causal, sliding window, key counts).
 *
 * @param allowed the address of truth values that lie as the mask's numbers do, of which false forbids; 0 for none
 * @param counts how many keys of each item are there; those behind are never read
 * @param offset the place of query 0 among the keys; negative where the last query's is that of the last key that counts
 * @param leastOffset its place then at least
 * @param left how many keys before its place a query may ask; negative for all
 * @param right the same behind it
 * @param hiddenIsZero whether a query that may ask nobody gets zeros, and not NaN
 */
public record DeviceAttentionWindow(
        long allowed, Counts counts, int offset, int leastOffset, int left, int right, boolean hiddenIsZero) {
    /** An offset that is no bound. */
    public static final int ANYWHERE = -(1 << 30);

    /** All keys. */
    public static final DeviceAttentionWindow ALL = new DeviceAttentionWindow(0, Counts.NONE, 0, 0, -1, -1, false);

    public DeviceAttentionWindow {
        Objects.requireNonNull(counts, "counts");
    }

    /** The same with truth values. */
    public DeviceAttentionWindow withAllowed(long truths) {
        return new DeviceAttentionWindow(truths, counts, offset, leastOffset, left, right, hiddenIsZero);
    }

    /**
     * A number for each item of a batch.
     *
     * @param address of them; 0 where there are none
     * @param type {@code INT32} or {@code INT64}
     * @param more what is to be added to each
     */
    public record Counts(long address, DataType type, int more) {
        public static final Counts NONE = new Counts(0, DataType.INT64, 0);

        public Counts {
            Objects.requireNonNull(type, "type");
        }
    }
}
