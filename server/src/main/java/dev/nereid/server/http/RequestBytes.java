package dev.nereid.server.http;

import io.helidon.common.buffers.DataReader;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the web server reads of a connection: the client's bytes, with the first line of each request and a body in chunks
 * checked and rewritten, and the guard told of every wait. Used by the connection's thread alone.
 */
final class RequestBytes {
    private final GuardedConnection guarded;
    private final ReadAhead readAhead;
    private final DataReader reader = DataReader.create(this::read);
    private Optional<ChunkedBody> chunks = Optional.empty();

    /** @param socket what the client sends; blocks until there is something, null at the end */
    RequestBytes(Supplier<byte @Nullable []> socket, GuardedConnection guarded) {
        this.guarded = guarded;
        this.readAhead = new ReadAhead(socket);
    }

    /** What the web server reads from. */
    DataReader reader() {
        return reader;
    }

    /** The head of a request has been read, and its body comes in chunks. */
    void beginChunks() {
        int begun = reader.available();
        chunks = Optional.of(new ChunkedBody(begun == 0 ? new byte[0] : reader.readBytes(begun), this::next));
    }

    /** How many chunks with data have begun of the body that is being read; 0 without one in chunks. */
    int chunkCount() {
        return chunks.map(ChunkedBody::chunks).orElse(0);
    }

    /** Listens for the end of the connection, as {@link ReadAhead#watch} does. */
    void watch(Runnable hangUp) {
        readAhead.watch(hangUp);
    }

    /** The next bytes; those that begin a request have its whole first line. Null at the end. */
    private byte @Nullable [] read() {
        if (chunks.isPresent() && !chunks.get().isOver()) {
            return chunks.get().next();
        }
        boolean begins = guarded.isBetweenRequests() && reader.available() == 0;
        byte[] bytes = afterChunks();
        if (!begins || bytes == null) {
            return bytes;
        }
        bytes = Http10.wholeLine(bytes, this::next);
        RequestLine.check(bytes);
        if (Http10.upgrade(bytes)) {
            guarded.setHttp10();
        }
        return bytes;
    }

    /** What came with the end of a body in chunks, or else what comes next. */
    private byte @Nullable [] afterChunks() {
        byte[] rest = chunks.map(ChunkedBody::rest).orElse(new byte[0]);
        chunks = Optional.empty();
        if (rest.length == 0) {
            return next();
        }
        guarded.beginRequest();
        return rest;
    }

    private byte @Nullable [] next() {
        guarded.beforeRead();
        byte[] bytes = readAhead.read();
        guarded.afterRead(bytes == null ? 0 : bytes.length);
        return bytes;
    }
}
