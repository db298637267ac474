package dev.nereid.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Native memory for requests and frames, handed out from slabs in size classes so that no arena opens or closes on a
 * request's path: powers of two, and eighths between those that are so large that half of one is a waste. Free slabs are kept up to a cap and trimmed when the pool is idle. All methods may be
 * called from any thread. With {@code -Dnereid.memory.poison=true} a slab is filled with a pattern when it comes back,
 * so that late use shows.
 */
public final class SlabPool implements AutoCloseable {
    private static final int SMALLEST_SHIFT = 8;
    private static final int LARGE_SHIFT = 26;
    private static final int LARGEST_SHIFT = 46;
    private static final int POWERS = LARGE_SHIFT - SMALLEST_SHIFT + 1;
    private static final int EIGHTHS = 8;
    private static final int CLASSES = POWERS + (LARGEST_SHIFT - LARGE_SHIFT) * EIGHTHS;
    private static final byte POISON = (byte) 0xDB;

    /** Those that are there, whatever they keep can be freed. */
    private static final Set<SlabPool> ALL =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private final long retainedCap;
    private final MemoryBudget budget;
    private final boolean poison = Boolean.getBoolean("nereid.memory.poison");
    private final List<Deque<NativeMemory>> free = new ArrayList<>();
    private long retainedBytes;
    private long usedBytes;
    private boolean closed;

    /**
     * Creates an empty pool.
     *
     * @param retainedCap bytes of free slabs that are kept for reuse; beyond that a returned slab is freed
     */
    public SlabPool(long retainedCap) {
        this(retainedCap, MemoryBudget.unlimited());
    }

    /**
     * Creates an empty pool.
     *
     * @param retainedCap bytes of free slabs that are kept for reuse; beyond that a returned slab is freed
     * @param budget bounds what is handed out at a time
     */
    public SlabPool(long retainedCap, MemoryBudget budget) {
        this.retainedCap = retainedCap;
        this.budget = budget;
        ALL.add(this);
        for (int i = 0; i < CLASSES; i++) {
            free.add(new ArrayDeque<>());
        }
    }

    /**
     * A block with at least {@code bytes} of memory whose content is undefined. The caller closes it once.
     *
     * @throws NoMemoryException if there is not that much, in the pool's budget or in the machine, even without what pools
     *     keep for reuse
     */
    public Slab take(long bytes) {
        if (bytes > 1L << LARGEST_SHIFT) {
            throw NoMemoryException.of(bytes, MemoryBudget.of(MachineMemory.bytes()));
        }
        int sizeClass = sizeClass(bytes);
        if (!budget.take(classBytes(sizeClass))) {
            throw NoMemoryException.of(classBytes(sizeClass), budget);
        }
        try {
            return take(bytes, sizeClass);
        } catch (RuntimeException | Error e) {
            budget.giveBack(classBytes(sizeClass));
            throw e;
        }
    }

    private Slab take(long bytes, int sizeClass) {
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the slab pool is closed");
            }
            NativeMemory reused = free.get(sizeClass).pollFirst();
            if (reused != null) {
                retainedBytes -= reused.segment().byteSize();
                usedBytes += classBytes(sizeClass);
                return new Slab(reused, bytes, sizeClass);
            }
        }
        NativeMemory made = NativeMemory.allocate(classBytes(sizeClass));
        synchronized (this) {
            usedBytes += classBytes(sizeClass);
        }
        return new Slab(made, bytes, sizeClass);
    }

    /**
     * Refuses an amount that the pool could not hand out now, without taking it.
     *
     * @throws NoMemoryException as {@link #take} does
     */
    public void check(long bytes) {
        if (!budget.fits(bytes)) {
            throw NoMemoryException.of(bytes, budget);
        }
    }

    /** Bytes handed out at this moment. */
    public synchronized long usedBytes() {
        return usedBytes;
    }

    /** Bytes of free slabs kept for reuse. */
    public synchronized long retainedBytes() {
        return retainedBytes;
    }

    /** What all pools keep for reuse is freed. */
    static void trimAll() {
        List<SlabPool> pools;
        synchronized (ALL) {
            pools = List.copyOf(ALL);
        }
        pools.forEach(SlabPool::trim);
    }

    /** Frees every slab that is not handed out. */
    public void trim() {
        List<NativeMemory> victims = new ArrayList<>();
        synchronized (this) {
            for (Deque<NativeMemory> slabs : free) {
                victims.addAll(slabs);
                slabs.clear();
            }
            retainedBytes = 0;
        }
        victims.forEach(NativeMemory::close);
    }

    /** Frees the free slabs; those still handed out are freed when they come back. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        ALL.remove(this);
        trim();
    }

    private void giveBack(NativeMemory memory, int sizeClass) {
        if (poison) {
            memory.segment().fill(POISON);
        }
        budget.giveBack(classBytes(sizeClass));
        synchronized (this) {
            usedBytes -= classBytes(sizeClass);
            long bytes = memory.segment().byteSize();
            if (!closed && retainedBytes + bytes <= retainedCap) {
                retainedBytes += bytes;
                free.get(sizeClass).addFirst(memory);
                return;
            }
        }
        memory.close();
    }

    private static int sizeClass(long bytes) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(bytes, 1) - 1);
        if (bits <= LARGE_SHIFT) {
            return Math.max(bits - SMALLEST_SHIFT, 0);
        }
        long half = 1L << (bits - 1);
        long eighth = (bytes - half - 1) / (half / EIGHTHS);
        return POWERS + (bits - 1 - LARGE_SHIFT) * EIGHTHS + (int) eighth;
    }

    private static long classBytes(int sizeClass) {
        if (sizeClass < POWERS) {
            return 1L << (sizeClass + SMALLEST_SHIFT);
        }
        long half = 1L << (LARGE_SHIFT + (sizeClass - POWERS) / EIGHTHS);
        return half + half / EIGHTHS * ((sizeClass - POWERS) % EIGHTHS + 1);
    }

    /** One block of the pool. Closing gives it back; closing twice is an error that names the block. */
    public final class Slab implements AutoCloseable {
        private final NativeMemory memory;
        private final MemorySegment segment;
        private final int sizeClass;
        private boolean returned;

        private Slab(NativeMemory memory, long bytes, int sizeClass) {
            this.memory = memory;
            this.segment = memory.segment().asSlice(0, Math.max(bytes, 0));
            this.sizeClass = sizeClass;
        }

        /** Bytes that the slab takes of the pool: at least those that were asked for. */
        public long heldBytes() {
            return memory.segment().byteSize();
        }

        /** Exactly the bytes that were asked for. */
        public MemorySegment segment() {
            return segment;
        }

        @Override
        public void close() {
            synchronized (this) {
                if (returned) {
                    throw new IllegalStateException("a slab of " + segment.byteSize() + " bytes was given back twice");
                }
                returned = true;
            }
            giveBack(memory, sizeClass);
        }
    }
}
