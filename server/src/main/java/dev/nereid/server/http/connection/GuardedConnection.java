package dev.nereid.server.http.connection;

import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * What one connection is at, and until when it may be. The connection's thread reports; the guard's thread looks.
 */
public final class GuardedConnection {
    /** The connection that the current thread serves. */
    public static final ScopedValue<GuardedConnection> CURRENT = ScopedValue.newInstance();

    private final Runnable closeSocket;
    private final BooleanSupplier socketClosed;
    private final long idleNanos;
    private final long stallNanos;
    private final HttpLimits limits;
    private Optional<RequestBytes> bytes = Optional.empty();
    private boolean inRequest;
    private long requestStart;
    private long requestBytes;
    private boolean waiting;
    private boolean waitingIdle;
    private long deadline;
    private boolean http10;
    private boolean statusLineDue;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * A connection before its first request.
     *
     * @param closeSocket closes the socket, from any thread
     */
    GuardedConnection(HttpLimits limits, Runnable closeSocket) {
        this(limits, closeSocket, () -> false);
    }

    private GuardedConnection(HttpLimits limits, Runnable closeSocket, BooleanSupplier socketClosed) {
        this.closeSocket = closeSocket;
        this.socketClosed = socketClosed;
        this.idleNanos = limits.idleTimeout().toNanos();
        this.stallNanos = limits.stallTimeout().toNanos();
        this.limits = limits;
    }

    /**
     * A connection whose handshake begins.
     *
     * @param socketClosed whether the socket is closed: nobody says so where a handshake has failed
     */
    static GuardedConnection handshake(HttpLimits limits, Runnable closeSocket, BooleanSupplier socketClosed) {
        GuardedConnection connection = new GuardedConnection(limits, closeSocket, socketClosed);
        connection.inRequest = true;
        connection.waiting = true;
        connection.deadline = System.nanoTime() + limits.handshakeTimeout().toNanos();
        return connection;
    }

    /** Gives the connection what its thread reads from; once, before the first request. */
    void listenWith(RequestBytes from) {
        bytes = Optional.of(from);
    }

    /** Reads the head of a request that is refused to its end, within reason. Called by the connection's thread. */
    public void discardHead() {
        bytes.ifPresent(from -> OversizedHead.discard(from.reader()));
    }

    /** The head of a request has been read, and its body comes in chunks. Called by the connection's thread. */
    public void beginChunks() {
        bytes.ifPresent(RequestBytes::beginChunks);
    }

    /** How many chunks with data have begun of the body that is being read. Called by the connection's thread. */
    public int chunkCount() {
        return bytes.map(RequestBytes::chunkCount).orElse(0);
    }

    /** The head of a request has been read, and its body has that many bytes. Called by the connection's thread. */
    public void beginBody(long length) {
        bytes.ifPresent(from -> from.beginBody(length));
    }

    /**
     * Listens for the client while the connection's thread, which calls this, waits for something else.
     *
     * @param hangUp called by any thread if the client is gone
     */
    public void onHangUp(Runnable hangUp) {
        bytes.ifPresent(from -> from.watch(hangUp));
    }

    /** The connection's thread is about to wait for bytes. */
    synchronized void beforeRead() {
        long now = System.nanoTime();
        waiting = true;
        waitingIdle = !inRequest;
        deadline = inRequest
                // A client that sends a byte now and then makes no progress either.
                ? Math.min(now + stallNanos, requestStart + stallNanos + limits.nanosAtLeastRate(requestBytes))
                : now + idleNanos;
    }

    /** Bytes have arrived. */
    synchronized void afterRead(int count) {
        waiting = false;
        beginRequest();
        requestBytes += count;
    }

    /** A request is there, of which no byte need have been waited for: it may have come with the one before it. */
    public synchronized void beginRequest() {
        if (!inRequest) {
            inRequest = true;
            requestStart = System.nanoTime();
            requestBytes = 0;
        }
    }

    /** The connection's thread is about to write bytes, and may have to wait for the client to take them. */
    synchronized void beforeWrite(long count) {
        waiting = true;
        waitingIdle = false;
        deadline = System.nanoTime() + stallNanos + limits.nanosAtLeastRate(count);
    }

    /** The connection's thread waits no more, and no request has begun. */
    synchronized void afterWait() {
        waiting = false;
    }

    /** The bytes are written. */
    synchronized void afterWrite() {
        waiting = false;
    }

    /** The request is answered; the next one may be long in coming. */
    public synchronized void endRequest() {
        inRequest = false;
        http10 = false;
    }

    /** Whether no request has begun to arrive. */
    synchronized boolean isBetweenRequests() {
        return !inRequest;
    }

    /** Notes that the request speaks HTTP/1.0. */
    synchronized void setHttp10() {
        http10 = true;
        statusLineDue = true;
    }

    /** Whether the bytes that are to be written begin the answer to a request of HTTP/1.0; true once a request. */
    synchronized boolean takeOldStatusLine() {
        boolean due = statusLineDue;
        statusLineDue = false;
        return due;
    }

    /** Whether the request at hand speaks HTTP/1.0. */
    public synchronized boolean isHttp10() {
        return http10;
    }

    /** Whether the client has kept the connection's thread waiting for too long. */
    synchronized boolean isOverdue(long now) {
        return waiting && now - deadline > 0;
    }

    /** Whether there is no connection any more, though nobody has said so. */
    boolean isGone() {
        return closed.get() || socketClosed.getAsBoolean();
    }

    /** Closes the socket if the connection waits for its next request. */
    void closeIfIdle() {
        boolean idle;
        synchronized (this) {
            idle = waiting && waitingIdle;
        }
        if (idle) {
            abort();
        }
    }

    /** Says to the client that the connection ends; what waits for the client is cut off as any write is. */
    void end(Runnable sayEnd) {
        if (closed.get()) {
            return;
        }
        beforeWrite(0);
        try {
            sayEnd.run();
        } catch (UncheckedIOException e) {
            // The client was faster.
        }
        afterWrite();
    }

    /** Closes the socket; once is enough, more is harmless. */
    void abort() {
        if (closed.compareAndSet(false, true)) {
            try {
                closeSocket.run();
            } catch (UncheckedIOException e) {
                // The client was faster.
            }
        }
    }
}
