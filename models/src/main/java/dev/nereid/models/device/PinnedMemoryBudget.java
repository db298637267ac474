package dev.nereid.models.device;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limit on the host memory that is pinned for copies to and from devices, and so unavailable to anything else. Beyond it
 * copies go through pageable memory, which is slower; the log says so once. Any thread.
 */
public final class PinnedMemoryBudget {
    /** Triton's, in bytes. */
    public static final long DEFAULT_BYTES = 256L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(PinnedMemoryBudget.class);

    private final long totalBytes;
    private final AtomicLong used = new AtomicLong();
    private final AtomicBoolean warned = new AtomicBoolean();

    public PinnedMemoryBudget(long totalBytes) {
        if (totalBytes < 0) {
            throw new IllegalArgumentException("expected at least 0 bytes, got " + totalBytes);
        }
        this.totalBytes = totalBytes;
    }

    public long totalBytes() {
        return totalBytes;
    }

    public long usedBytes() {
        return used.get();
    }

    /** Takes bytes, for {@link #giveBack}; whether there were so many. */
    public boolean take(long bytes) {
        long before = used.getAndUpdate(now -> bytes <= totalBytes - now ? now + bytes : now);
        return bytes <= totalBytes - before;
    }

    public void giveBack(long bytes) {
        used.addAndGet(-bytes);
    }

    /** Somebody goes on with so many bytes of plain memory. */
    public void fallBack(long bytes) {
        if (!warned.getAndSet(true)) {
            LOG.warn(
                    "failed to allocate pinned system memory, falling back to non-pinned system memory: asked for {} bytes, "
                            + "{} of {} are in use",
                    bytes,
                    usedBytes(),
                    totalBytes);
        }
    }
}
