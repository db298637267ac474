package dev.nereid.server.http.connection;

import dev.nereid.server.protocol.BodyReadException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A body in chunks (RFC 9112, 7.1), checked byte by byte before the web server sees it: the web server would read each line
 * and each chunk into memory as a whole, however long they are. It is given the same data in chunks as small as they arrive,
 * without extensions and trailers. Used by the connection's thread alone.
 */
final class ChunkedBody {
    /** The longest line: a chunk's size with its extensions, or one trailer. */
    static final int MOST_LINE_BYTES = 256;

    /** The most bytes that extensions and trailers of one body may take together. */
    static final int MOST_EXTRA_BYTES = 8 << 10;

    private static final int HEXADECIMAL = 16;
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** What the next byte belongs to. */
    private enum Part {
        SIZE,
        DATA,
        DATA_END,
        TRAILER,
        NOTHING
    }

    private final Supplier<byte @Nullable []> source;
    private final byte[] line = new byte[MOST_LINE_BYTES];
    private byte[] raw;
    private int position;
    private Part part = Part.SIZE;
    private int lineBytes;
    private boolean afterReturn;
    private long chunkBytes;
    private int extraBytes;
    private int chunks;
    private Optional<BodyReadException> failure = Optional.empty();

    /**
     * A body of which nothing has been read.
     *
     * @param begun what has been read of the connection behind the request's head
     * @param source what comes next on the connection; null at its end
     */
    ChunkedBody(byte[] begun, Supplier<byte @Nullable []> source) {
        this.raw = begun;
        this.source = source;
    }

    /** Whether the end of the body has been read. */
    boolean isOver() {
        return part == Part.NOTHING;
    }

    /** How many chunks with data have begun. */
    int chunks() {
        return chunks;
    }

    /** What has been read of the connection behind the end of the body. */
    byte[] rest() {
        return Arrays.copyOfRange(raw, position, raw.length);
    }

    /**
     * The next chunk with its framing; null at the end of the connection.
     *
     * @throws BodyReadException if the framing is wrong or too long
     */
    byte @Nullable [] next() {
        if (failure.isPresent()) {
            throw failure.get(); // nobody knows where the body goes on
        }
        while (true) {
            if (position == raw.length) {
                byte[] bytes = source.get();
                if (bytes == null) {
                    return null;
                }
                raw = bytes;
                position = 0;
            } else if (part == Part.DATA) {
                return data();
            } else if (hasLine()) {
                endLine();
                if (isOver()) {
                    return LAST_CHUNK.clone();
                }
            }
        }
    }

    /** As much of the chunk as is there, as a chunk. */
    private byte[] data() {
        int count = (int) Math.min(chunkBytes, raw.length - position);
        byte[] head = (Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] chunk = Arrays.copyOf(head, head.length + count + 2);
        System.arraycopy(raw, position, chunk, head.length, count);
        chunk[chunk.length - 2] = '\r';
        chunk[chunk.length - 1] = '\n';
        position += count;
        chunkBytes -= count;
        if (chunkBytes == 0) {
            part = Part.DATA_END;
        }
        return chunk;
    }

    /** Reads on to the end of a line; false if that has not been read yet. */
    private boolean hasLine() {
        while (position < raw.length) {
            byte next = raw[position++];
            if (afterReturn) {
                if (next != '\n') {
                    throw wrong("a line that ends in CR LF", "CR alone");
                }
                afterReturn = false;
                return true;
            }
            afterReturn = next == '\r';
            if (!afterReturn) {
                addToLine(next);
            }
        }
        return false;
    }

    private void addToLine(byte next) {
        if (part == Part.DATA_END) {
            throw wrong("CR LF behind the data of a chunk", "byte " + Byte.toUnsignedInt(next));
        }
        if ((next >= 0 && next < ' ' && next != '\t') || next == 0x7F) {
            throw wrong("a line without control characters", "byte " + next);
        }
        if (lineBytes == MOST_LINE_BYTES) {
            throw wrong("lines of at most " + MOST_LINE_BYTES + " bytes", "a longer one");
        }
        line[lineBytes++] = next;
    }

    private void endLine() {
        switch (part) {
            case SIZE -> endSize();
            case DATA_END -> part = Part.SIZE;
            case TRAILER -> endTrailer();
            case DATA, NOTHING -> throw new IllegalStateException("there is no line in " + part);
        }
        lineBytes = 0;
    }

    private void endSize() {
        int digits = 0;
        chunkBytes = 0;
        for (; digits < lineBytes && isDigit(line[digits]); digits++) {
            if (chunkBytes > Long.MAX_VALUE / HEXADECIMAL) {
                throw wrong("the size of a chunk below 2^63", text());
            }
            chunkBytes = chunkBytes * HEXADECIMAL + Character.digit(line[digits], HEXADECIMAL);
        }
        if (digits == 0 || (digits < lineBytes && line[digits] != ';')) {
            throw wrong("the size of a chunk in hexadecimal digits", text());
        }
        countExtra(lineBytes - digits);
        part = chunkBytes == 0 ? Part.TRAILER : Part.DATA;
        if (chunkBytes > 0 && chunks < Integer.MAX_VALUE) {
            chunks++;
        }
    }

    /** Not {@link Character#digit}, which knows the digits of other scripts. */
    private static boolean isDigit(byte next) {
        return (next >= '0' && next <= '9') || (next >= 'a' && next <= 'f') || (next >= 'A' && next <= 'F');
    }

    private void endTrailer() {
        if (lineBytes == 0) {
            part = Part.NOTHING;
            return;
        }
        int name = 0;
        while (name < lineBytes && RequestLine.isTokenByte(line[name])) {
            name++;
        }
        if (name == 0 || name == lineBytes || line[name] != ':') {
            throw wrong("a trailer as 'name: value', or an empty line", text());
        }
        countExtra(lineBytes);
    }

    private void countExtra(int bytes) {
        extraBytes += bytes;
        if (extraBytes > MOST_EXTRA_BYTES) {
            throw wrong("extensions and trailers of at most " + MOST_EXTRA_BYTES + " bytes together", "more");
        }
    }

    private String text() {
        return "'" + new String(line, 0, lineBytes, StandardCharsets.ISO_8859_1) + "'";
    }

    private BodyReadException wrong(String expected, String got) {
        BodyReadException wrong = new BodyReadException("expected " + expected + ", got " + got);
        failure = Optional.of(wrong);
        return wrong;
    }
}
