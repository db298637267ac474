package dev.nereid.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One block of zeroed native memory, aligned to a cache line, that any thread may use and one owner closes. For
 * memory that lives as long as a model (weights, packed panels) or a pool's slab: closing is a handshake with every
 * thread of the JVM and does not belong on a request's path.
 */
public final class NativeMemory implements AutoCloseable {
    /** Alignment of every allocation: a cache line, and the widest vector. */
    public static final long ALIGNMENT = 64;

    /** What is less than this is given unless the system refuses it. */
    private static final long LARGE = 32L << 20;

    private static final AtomicLong LIVE_BYTES = new AtomicLong();

    private final Arena arena;
    private final MemorySegment segment;
    private boolean closed;

    private NativeMemory(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Allocates {@code bytes} of zeroed memory. The caller closes it.
     *
     * @throws NoMemoryException if there is not that much; asked for more than there is, some systems promise it and end the
     *     process when it is written to
     */
    public static NativeMemory allocate(long bytes) {
        long live = LIVE_BYTES.get();
        if (bytes >= LARGE && bytes > MachineMemory.bytes() - live) {
            throw new NoMemoryException(bytes, MachineMemory.bytes(), live);
        }
        Arena arena = Arena.ofShared();
        NativeMemory memory;
        try {
            memory = new NativeMemory(arena, zeroed(Math.max(bytes, 1), arena));
        } catch (OutOfMemoryError e) {
            arena.close();
            if (bytes < LARGE) {
                throw e; // the heap may be what is full
            }
            throw new NoMemoryException(bytes, e);
        }
        LIVE_BYTES.addAndGet(memory.segment.byteSize());
        return memory;
    }

    /**
     * Zeroed memory that goes with the last reference to its segment: for small tables of a kernel that nobody closes. Who
     * hands on its address keeps the segment reachable meanwhile.
     */
    public static MemorySegment collected(long bytes) {
        return Arena.ofAuto().allocate(Math.max(bytes, 1), ALIGNMENT);
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
            LIVE_BYTES.addAndGet(-segment.byteSize());
            arena.close();
        }
    }
}
