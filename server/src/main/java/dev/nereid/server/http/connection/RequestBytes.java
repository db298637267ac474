package dev.nereid.server.http.connection;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the web server reads of a connection: the client's bytes, one head or a part of one body at a time, so that each head is
 * checked before it is parsed and a body in chunks while it is; and the guard is told of every wait. Used by the connection's
 * thread alone.
 */
public final class RequestBytes {
    /**
     * The most headers of a request. The web server keeps headers in a hash table whose lookups are linear among names of equal
     * hashes, so that twice as many cost four times the time; stock clients and proxies send some twenty.
     */
    public static final int MOST_HEADERS = 256;

    /** What the web server says of headers that are too long; told in the words of {@code WebServerErrors}. */
    public static final String TOO_MANY_HEADERS = "too many headers";

    private static final byte[] NOTHING = {};

    private final GuardedConnection guarded;
    private final DisconnectDetector readAhead;
    private final DataReader reader = DataReader.create(this::read);
    private Optional<ChunkedBody> chunks = Optional.empty();
    private byte[] pending = NOTHING;
    private boolean inHead;
    private int headLines;
    private boolean tooMany;
    private boolean emptyLine;
    private long bodyBytes;

    /** @param socket what the client sends; blocks until there is something, null at the end */
    RequestBytes(Supplier<byte @Nullable []> socket, GuardedConnection guarded) {
        this.guarded = guarded;
        this.readAhead = new DisconnectDetector(socket);
    }

    /** What the web server reads from. */
    DataReader reader() {
        return reader;
    }

    /** The head of a request has been read, and its body comes in chunks. */
    void beginChunks() {
        byte[] begun = pending;
        pending = NOTHING;
        chunks = Optional.of(new ChunkedBody(begun, this::next));
    }

    /** The head of a request has been read, and its body has that many bytes. */
    void beginBody(long length) {
        bodyBytes = length;
    }

    /** How many chunks with data have begun of the body that is being read; 0 without one in chunks. */
    int chunkCount() {
        return chunks.map(ChunkedBody::chunks).orElse(0);
    }

    /** Listens for the end of the connection, as {@link DisconnectDetector#watch} does. */
    void watch(Runnable hangUp) {
        readAhead.watch(hangUp);
    }

    /** The next bytes, of one head or one body; those that begin a head have its whole first line. Null at the end. */
    private byte @Nullable [] read() {
        if (chunks.isPresent() && !chunks.get().isOver()) {
            return chunks.get().next();
        }
        if (guarded.isBetweenRequests() && reader.available() == 0) {
            return begin();
        }
        byte[] bytes = taken();
        if (bytes == null) {
            return null;
        }
        if (inHead) {
            return head(bytes);
        }
        int count = (int) Math.min(bytes.length, Math.max(bodyBytes, 1)); // a caller wants one byte at least
        bodyBytes -= count;
        return split(bytes, count);
    }

    /** The beginning of a request. */
    private byte @Nullable [] begin() {
        chunks.ifPresent(body -> pending = body.rest());
        chunks = Optional.empty();
        byte[] bytes = taken();
        if (bytes == null) {
            return null;
        }
        guarded.beginRequest();
        bytes = Http10.wholeLine(bytes, this::next);
        RequestLine.check(bytes);
        if (Http10.upgrade(bytes)) {
            guarded.setHttp10();
        }
        inHead = true;
        headLines = 0;
        emptyLine = false;
        bodyBytes = 0;
        return head(bytes);
    }

    /**
     * As much of bytes as belongs to the head.
     *
     * @throws RequestException once, where the head has too many lines; its rest can be read nevertheless
     */
    private byte[] head(byte[] bytes) {
        boolean before = emptyLine;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                if (emptyLine) {
                    inHead = false;
                    return split(bytes, i + 1);
                }
                headLines++;
                emptyLine = true;
            } else if (bytes[i] != '\r') {
                emptyLine = false;
            }
            if (headLines > 1 + MOST_HEADERS && !tooMany) {
                tooMany = true;
                emptyLine = before;
                pending = bytes;
                throw RequestException.builder()
                        .type(DirectHandler.EventType.BAD_REQUEST)
                        .message(TOO_MANY_HEADERS)
                        .build();
            }
        }
        return bytes;
    }

    /** The first bytes; the rest are kept for the next time. */
    private byte[] split(byte[] bytes, int count) {
        if (count == bytes.length) {
            return bytes;
        }
        pending = Arrays.copyOfRange(bytes, count, bytes.length);
        return Arrays.copyOf(bytes, count);
    }

    /** What has been read already, or else what comes next. */
    private byte @Nullable [] taken() {
        if (pending.length == 0) {
            return next();
        }
        byte[] bytes = pending;
        pending = NOTHING;
        return bytes;
    }

    private byte @Nullable [] next() {
        guarded.beforeRead();
        byte[] bytes = readAhead.read();
        guarded.afterRead(bytes == null ? 0 : bytes.length);
        return bytes;
    }
}
