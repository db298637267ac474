package dev.nereid.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A compressed body as zlib's {@code inflate} undoes it when it finds out itself which of its formats it has, gzip (RFC 1952)
 * or zlib (RFC 1950), whatever the request calls it: up to where it is damaged or cut off. Checksums are not looked at, and what
 * follows the first stream is left.
 */
final class InflatedBody extends InputStream {
    private static final int GZIP_HEADER = 10;
    private static final int GZIP_FLAGS = 3;
    private static final int ZLIB_HEADER = 2;
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
    private final Inflater inflater = new Inflater(true);
    private boolean over;

    InflatedBody(byte[] compressed) {
        this.compressed = compressed;
        int data = isGzip() ? behindGzipHeader() : behindZlibHeader();
        over = data == NO_DATA;
        if (!over) {
            inflater.setInput(compressed, data, compressed.length - data);
        }
    }

    private boolean isGzip() {
        return compressed.length > 1 && at(0) == 0x1F && at(1) == 0x8B;
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

    @Override
    public int read(byte[] target, int offset, int count) {
        if (over || count == 0) {
            return over ? -1 : 0;
        }
        long before = inflater.getBytesWritten();
        try {
            over = inflater.inflate(target, offset, count) == 0;
        } catch (DataFormatException e) {
            over = true; // what came before it counts
        }
        int read = (int) (inflater.getBytesWritten() - before);
        return read == 0 ? -1 : read;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
