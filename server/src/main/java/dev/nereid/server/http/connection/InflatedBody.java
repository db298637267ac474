package dev.nereid.server.http.connection;

import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Checksum;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A compressed body, inflated. It finds out itself which format it has, gzip (RFC 1952) or zlib (RFC 1950), whatever the
 * request calls it, as zlib does for Triton. What begins like neither is empty. What begins like one must be a whole stream of
 * it with the right checksum, and nothing behind it: a body that was cut off or damaged on its way is not computed with.
 */
public final class InflatedBody extends InputStream {
    private static final int GZIP_HEADER = 10;
    private static final int GZIP_FLAGS = 3;
    private static final int GZIP_TRAILER = 8;
    private static final int ZLIB_HEADER = 2;
    private static final int ZLIB_TRAILER = 4;
    private static final int DEFLATED = 8;
    private static final int ZLIB_DICTIONARY = 0x20;
    private static final int ZLIB_CHECK = 31;
    private static final int MOST_WINDOW_BITS = 7;

    /** Flags of a gzip header: what follows it. */
    private static final int HEADER_CHECKSUM = 0x02;

    private static final int EXTRA = 0x04;
    private static final int FILE_NAME = 0x08;
    private static final int COMMENT = 0x10;
    private static final int RESERVED = 0xE0;

    private static final int NO_DATA = -1;

    private final byte[] compressed;
    private final boolean gzip;
    private final Checksum checksum;
    private final Inflater inflater = new Inflater(true);
    private final boolean unknown;
    private boolean over;

    public InflatedBody(byte[] compressed) {
        this.compressed = compressed;
        this.gzip = compressed.length > 1 && at(0) == 0x1F && at(1) == 0x8B;
        this.checksum = gzip ? new CRC32() : new Adler32();
        int data = gzip ? behindGzipHeader() : behindZlibHeader();
        if (data != NO_DATA) {
            inflater.setInput(compressed, data, compressed.length - data);
        }
        this.unknown = !gzip && data == NO_DATA;
        this.over = unknown;
    }

    /** Whether the body begins like neither format. */
    public boolean isUnknown() {
        return unknown;
    }

    private int at(int index) {
        return Byte.toUnsignedInt(compressed[index]);
    }

    private int behindZlibHeader() {
        if (compressed.length < ZLIB_HEADER) {
            return NO_DATA;
        }
        int method = at(0);
        int flags = at(1);
        boolean isHeader = (method & 0xF) == DEFLATED
                && method >> 4 <= MOST_WINDOW_BITS
                && ((method << Byte.SIZE) + flags) % ZLIB_CHECK == 0
                && (flags & ZLIB_DICTIONARY) == 0;
        return isHeader ? ZLIB_HEADER : NO_DATA;
    }

    private int behindGzipHeader() {
        if (compressed.length < GZIP_HEADER || at(2) != DEFLATED || (at(GZIP_FLAGS) & RESERVED) != 0) {
            return NO_DATA;
        }
        int flags = at(GZIP_FLAGS);
        int data = GZIP_HEADER;
        if ((flags & EXTRA) != 0 && data + 2 <= compressed.length) {
            data += 2 + at(data) + (at(data + 1) << Byte.SIZE);
        }
        if ((flags & FILE_NAME) != 0) {
            data = behindZero(data);
        }
        if ((flags & COMMENT) != 0) {
            data = behindZero(data);
        }
        if ((flags & HEADER_CHECKSUM) != 0) {
            data += 2;
        }
        return data < compressed.length ? data : NO_DATA;
    }

    private int behindZero(int from) {
        int data = from;
        while (data < compressed.length && compressed[data] != 0) {
            data++;
        }
        return data + 1;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    /**
     * Reads what comes next.
     *
     * @throws InferException if the stream is damaged, cut off, or not all of the body
     */
    @Override
    public int read(byte[] target, int offset, int count) {
        if (over || count == 0) {
            return over ? -1 : 0;
        }
        try {
            int read = inflater.inflate(target, offset, count);
            checksum.update(target, offset, read);
            if (read > 0) {
                return read;
            }
        } catch (DataFormatException e) {
            throw new InferException(InferException.Code.INVALID_ARG, text("it is damaged: " + e.getMessage()), e);
        }
        checkEnd();
        over = true;
        return -1;
    }

    /** The checksum, and in gzip the length too, follow the data and are all that does. */
    private void checkEnd() {
        int trailer = gzip ? GZIP_TRAILER : ZLIB_TRAILER;
        int left = inflater.getRemaining();
        if (!inflater.finished() || left < trailer) {
            throw InferException.invalid(text("it ends before its checksum"));
        }
        if (left > trailer) {
            throw InferException.invalid(text((left - trailer) + " bytes follow its end"));
        }
        ByteBuffer said = ByteBuffer.wrap(compressed, compressed.length - trailer, trailer)
                .order(gzip ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int saidSum = said.getInt();
        if (saidSum != (int) checksum.getValue()) {
            throw InferException.invalid(
                    text("its checksum is %08x, its content has %08x".formatted(saidSum, (int) checksum.getValue())));
        }
        if (gzip && said.getInt() != (int) inflater.getBytesWritten()) {
            throw InferException.invalid(text("it does not have the length that it says"));
        }
    }

    private String text(String reason) {
        return "the body cannot be decompressed as " + (gzip ? "gzip" : "zlib") + ": " + reason;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
