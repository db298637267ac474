package dev.nereid.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One block of zeroed native memory, aligned to a cache line, that any thread may use and one owner closes. For
 * memory that lives as long as a model (weights, packed panels) or a pool's slab: closing is a handshake with every
 * thread of the JVM and does not belong on a request's path.
 */
public final class NativeMemory implements AutoCloseable {
    /** Alignment of every allocation: a cache line, and the widest vector. */
    public static final long ALIGNMENT = 64;

    /** Where nobody has set a limit, what is less than this is given without a look at how much the machine has. */
    private static final long LARGE = 32L << 20;

    /** Below this a server could not even start. */
    private static final long LEAST_LIMIT = 64L << 20;

    private static final AtomicLong LIVE_BYTES = new AtomicLong();

    /** All native memory of the process, {@link #collected} too. */
    private static final MemoryBudget BUDGET = MemoryBudget.unlimited();

    /** Those that hold; the least counts. Guarded by itself. */
    private static final List<Limit> LIMITS = new ArrayList<>();

    private final Arena arena;
    private final MemorySegment segment;
    private boolean closed;

    private NativeMemory(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Bounds the native memory of the process until the result is closed. Without a limit the machine's or container's memory
     * is the bound.
     *
     * @param bytes positive; less than 64 MiB counts as 64 MiB
     */
    public static Limit limit(long bytes) {
        Limit limit = new Limit(Math.max(bytes, LEAST_LIMIT));
        synchronized (LIMITS) {
            LIMITS.add(limit);
            applyLimits();
        }
        return limit;
    }

    /** Bytes of native memory that the process may take, and what of it is in use. */
    public static MemoryBudget budget() {
        return BUDGET;
    }

    private static void applyLimits() {
        BUDGET.limit(LIMITS.stream().mapToLong(Limit::bytes).min().orElse(Long.MAX_VALUE));
    }

    /** A bound on the process's native memory, in force until it is closed. */
    public static final class Limit implements AutoCloseable {
        private final long bytes;

        private Limit(long bytes) {
            this.bytes = bytes;
        }

        public long bytes() {
            return bytes;
        }

        @Override
        public void close() {
            synchronized (LIMITS) {
                LIMITS.remove(this);
                applyLimits();
            }
        }
    }

    /**
     * Allocates {@code bytes} of zeroed memory. The caller closes it.
     *
     * @throws NoMemoryException if there is not that much; asked for more than there is, some systems promise it and end the
     *     process when it is written to
     */
    public static NativeMemory allocate(long bytes) {
        long size = Math.max(bytes, 1);
        take(size);
        Arena arena = Arena.ofShared();
        NativeMemory memory;
        try {
            memory = new NativeMemory(arena, zeroed(size, arena));
        } catch (OutOfMemoryError e) {
            arena.close();
            BUDGET.giveBack(size);
            if (bytes < LARGE) {
                throw e; // the heap may be what is full
            }
            throw new NoMemoryException(bytes, e);
        } catch (RuntimeException | Error e) {
            BUDGET.giveBack(size);
            throw e;
        }
        LIVE_BYTES.addAndGet(size);
        return memory;
    }

    /** Takes memory from the budget; where it does not fit, what pools keep for reuse is freed first. */
    private static void take(long bytes) {
        if (bytes >= LARGE && BUDGET.limit() == Long.MAX_VALUE) {
            synchronized (LIMITS) {
                if (LIMITS.isEmpty()) {
                    BUDGET.limit(MachineMemory.bytes());
                }
            }
        }
        if (BUDGET.take(bytes)) {
            return;
        }
        if (bytes <= BUDGET.mostAtOnce()) {
            SlabPool.trimAll();
            if (BUDGET.take(bytes)) {
                return;
            }
        }
        throw NoMemoryException.of(bytes, BUDGET);
    }

    /**
     * Zeroed memory that goes with the last reference to its segment: for small tables of a kernel that nobody closes. Who
     * hands on its address keeps the segment reachable meanwhile.
     *
     * @throws NoMemoryException if there is not that much
     */
    @SuppressWarnings("restricted") // the same memory, with an action for its end
    public static MemorySegment collected(long bytes) {
        long size = Math.max(bytes, 1);
        take(size);
        try {
            Arena arena = Arena.ofAuto();
            return arena.allocate(size, ALIGNMENT).reinterpret(arena, _ -> BUDGET.giveBack(size));
        } catch (RuntimeException | Error e) {
            BUDGET.giveBack(size);
            throw e;
        }
    }

    private static MemorySegment zeroed(long bytes, Arena arena) {
        if (bytes >= HugePages.SIZE) {
            return HugePages.allocate(bytes, arena).orElseGet(() -> arena.allocate(bytes, ALIGNMENT));
        }
        return arena.allocate(bytes, ALIGNMENT);
    }

    /** Bytes of all blocks that are not closed; what a leak test compares. */
    public static long liveBytes() {
        return LIVE_BYTES.get();
    }

    public MemorySegment segment() {
        return segment;
    }

    /** Frees the memory. Closing twice is harmless. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            long size = segment.byteSize();
            arena.close();
            LIVE_BYTES.addAndGet(-size);
            BUDGET.giveBack(size);
        }
    }
}
