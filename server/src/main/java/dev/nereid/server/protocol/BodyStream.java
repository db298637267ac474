package dev.nereid.server.protocol;

import dev.nereid.memory.SlabPool;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The body of one request, read from front to back. A client that claims a length and sends nothing costs next to nothing: memory
 * for all of a buffer is taken when its beginning has arrived, so that of many large bodies at once those that are admitted are
 * read to their end.
 */
public final class BodyStream {
    private static final int FIRST_BYTES = 256 << 10;
    private static final int CHUNK = 64 << 10;

    private final InputStream stream;
    private final long length;
    private final RequestBudget.Share share;
    private long position;
    private long nextPause = CooperativeYield.first(0);

    /**
     * A body of which {@code length} bytes are to come.
     *
     * @param stream blocks until bytes arrive; not closed here
     */
    public BodyStream(InputStream stream, long length) {
        this(stream, length, RequestBudget.unlimited().open());
    }

    /**
     * A body of which {@code length} bytes are to come.
     *
     * @param stream blocks until bytes arrive; not closed here
     * @param share what the request holds of the heap
     */
    public BodyStream(InputStream stream, long length, RequestBudget.Share share) {
        this.stream = stream;
        this.length = length;
        this.share = share;
    }

    /** A body that is there already; not copied. */
    public static BodyStream of(byte[] body) {
        return of(body, RequestBudget.unlimited().open());
    }

    /**
     * A body that is there already; not copied.
     *
     * @param share what the request holds of the heap, the body included
     */
    public static BodyStream of(byte[] body, RequestBudget.Share share) {
        return new BodyStream(new ByteArrayInputStream(body), body.length, share);
    }

    /** What the request holds of the heap. */
    public RequestBudget.Share share() {
        return share;
    }

    /** Bytes of the whole body. */
    public long length() {
        return length;
    }

    /** Bytes that were not read yet. */
    public long remaining() {
        return length - position;
    }

    /**
     * Reads the next {@code count} bytes, of which there must be as many.
     *
     * @throws InferException if there is no memory for them
     */
    public byte[] readBytes(int count) {
        share.check(count);
        byte[] bytes = allocate(Math.min(count, FIRST_BYTES));
        int filled = 0;
        while (filled < count) {
            if (filled == bytes.length) {
                byte[] larger = allocate(count);
                System.arraycopy(bytes, 0, larger, 0, filled);
                bytes = larger;
                share.giveBack(filled);
            }
            filled += read(bytes, filled, bytes.length - filled);
        }
        return bytes;
    }

    private byte[] allocate(int bytes) {
        share.take(bytes);
        return new byte[bytes];
    }

    /**
     * Reads the next {@code count} bytes, of which there must be as many, into native memory that the caller closes.
     *
     * @throws dev.nereid.memory.NoMemoryException if there is no memory for them
     */
    public SlabPool.Slab readSlab(SlabPool pool, long count) {
        pool.check(count);
        SlabPool.Slab slab = pool.take(Math.min(count, FIRST_BYTES));
        try {
            byte[] chunk = new byte[(int) Math.min(count, CHUNK)];
            long filled = 0;
            while (filled < count) {
                if (filled == slab.segment().byteSize()) {
                    SlabPool.Slab larger = pool.take(count);
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
                nextPause = CooperativeYield.pauseAt(position);
            }
            return read;
        } catch (IOException | RuntimeException e) {
            throw new BodyReadException("the request's body ended after " + position + " of " + length + " bytes", e);
        }
    }
}
