package dev.nereid.server.protocol;

import dev.nereid.memory.SlabPool;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The body of one request, read from front to back. Memory follows the bytes that arrive, not the length that a client
 * claims: beyond some first megabytes a buffer only grows when it is full.
 */
public final class BodyStream {
    private static final int FIRST_HEAP_BYTES = 1 << 20;
    private static final long FIRST_NATIVE_BYTES = 16L << 20;
    private static final int CHUNK = 64 << 10;

    private final InputStream stream;
    private final long length;
    private long position;
    private long nextPause = TimeSlices.first(0);

    /**
     * A body of which {@code length} bytes are to come.
     *
     * @param stream blocks until bytes arrive; not closed here
     */
    public BodyStream(InputStream stream, long length) {
        this.stream = stream;
        this.length = length;
    }

    /** A body that is there already; not copied. */
    public static BodyStream of(byte[] body) {
        return new BodyStream(new ByteArrayInputStream(body), body.length);
    }

    /** Bytes of the whole body. */
    public long length() {
        return length;
    }

    /** Bytes that were not read yet. */
    public long remaining() {
        return length - position;
    }

    /** Reads the next {@code count} bytes, of which there must be as many. */
    public byte[] readBytes(int count) {
        byte[] bytes = new byte[Math.min(count, FIRST_HEAP_BYTES)];
        int filled = 0;
        while (filled < count) {
            if (filled == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(count, 2L * bytes.length));
            }
            filled += read(bytes, filled, bytes.length - filled);
        }
        return bytes;
    }

    /** Reads the next {@code count} bytes, of which there must be as many, into native memory that the caller closes. */
    public SlabPool.Slab readSlab(SlabPool pool, long count) {
        SlabPool.Slab slab = pool.take(Math.min(count, FIRST_NATIVE_BYTES));
        try {
            byte[] chunk = new byte[(int) Math.min(count, CHUNK)];
            long filled = 0;
            while (filled < count) {
                if (filled == slab.segment().byteSize()) {
                    SlabPool.Slab larger = pool.take(Math.min(count, 2 * filled));
                    MemorySegment.copy(slab.segment(), 0, larger.segment(), 0, filled);
                    SlabPool.Slab full = slab;
                    slab = larger;
                    full.close();
                }
                long room = slab.segment().byteSize() - filled;
                int read = read(chunk, 0, (int) Math.min(room, chunk.length));
                MemorySegment.copy(chunk, 0, slab.segment(), ValueLayout.JAVA_BYTE, filled, read);
                filled += read;
            }
            return slab;
        } catch (RuntimeException | Error e) {
            slab.close();
            throw e;
        }
    }

    private int read(byte[] target, int offset, int count) {
        try {
            int read = stream.read(target, offset, count);
            if (read <= 0) {
                throw new EOFException("end of the body");
            }
            position += read;
            if (position >= nextPause) { // a client that sends fast is never waited for
                nextPause = TimeSlices.pauseAt(position);
            }
            return read;
        } catch (IOException | RuntimeException e) {
            throw new BodyReadException("the request's body ended after " + position + " of " + length + " bytes", e);
        }
    }
}
