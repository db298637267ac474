package dev.nereid.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts memory that is in use against a limit. What is taken is given back by the taker. A part of the limit, the reserve,
 * is only for small amounts, so that they are not refused because large ones hold nearly all. Any thread; two amounts that do
 * not fit together are never both taken.
 */
public final class MemoryBudget {
    /** The reserve is so much of the limit. */
    private static final int RESERVE_SHARE = 16;

    private static final long MOST_RESERVED = 256L << 20;

    /** Amounts of up to this share of the reserve are small. */
    private static final int SMALL_SHARE = 16;

    private final AtomicLong used = new AtomicLong();
    private volatile long limit;

    private MemoryBudget(long limit) {
        limit(limit);
    }

    /** A budget of that many bytes, at least 1. */
    public static MemoryBudget of(long limit) {
        return new MemoryBudget(limit);
    }

    /** A budget that only counts. */
    public static MemoryBudget unlimited() {
        return new MemoryBudget(Long.MAX_VALUE);
    }

    /** Sets another limit, which may be less than what is in use. */
    public void limit(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected a limit of at least 1 byte, got " + bytes);
        }
        limit = bytes;
    }

    /** Takes an amount; false where it does not fit, and nothing is taken then. */
    public boolean take(long bytes) {
        return take(bytes, bytes);
    }

    /**
     * Takes an amount as a part of a larger one.
     *
     * @param whole what the taker then has, which says whether it is a small amount
     */
    public boolean take(long bytes, long whole) {
        long room = mostFor(whole);
        long before = used.get();
        while (bytes <= room - before) {
            if (used.compareAndSet(before, before + bytes)) {
                return true;
            }
            before = used.get();
        }
        return false;
    }

    /** Whether an amount would fit at this moment. */
    public boolean fits(long bytes) {
        return fits(bytes, bytes);
    }

    /** Whether an amount would fit at this moment as a part of a larger one. */
    public boolean fits(long bytes, long whole) {
        return bytes <= mostFor(whole) - used.get();
    }

    /** Gives an amount back that was taken. */
    public void giveBack(long bytes) {
        used.addAndGet(-bytes);
    }

    /** Bytes that are taken. */
    public long used() {
        return used.get();
    }

    public long limit() {
        return limit;
    }

    /** The largest amount that is ever given: the limit less the reserve. */
    public long mostAtOnce() {
        long most = limit;
        return most - reserve(most);
    }

    /** How much may be in use after an amount has been taken: the whole limit for a small one. */
    public long mostFor(long bytes) {
        long most = limit;
        long reserve = reserve(most);
        return bytes <= reserve / SMALL_SHARE ? most : most - reserve;
    }

    private static long reserve(long limit) {
        return Math.min(limit / RESERVE_SHARE, MOST_RESERVED);
    }
}
