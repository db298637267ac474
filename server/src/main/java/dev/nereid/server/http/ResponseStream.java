package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Hands the responses of one request over to the connection's thread; whatever thread makes them never blocks here. Made by
 * the thread that hands the request over, which may be the one that runs it too.
 */
final class ResponseStream implements ResponseSink {
    /** What happened to the request. */
    sealed interface Event {
        /** A response, which the receiver closes; {@code last}: nothing follows. */
        record Response(InferResponse response, boolean last) implements Event {}

        /** The request or, where more follows, one of its responses failed. */
        record Failure(InferException error, boolean last) implements Event {}

        /** It is over without a response of its own. */
        record End() implements Event {}

        /** Whether nothing follows. */
        default boolean isLast() {
            return switch (this) {
                case Response response -> response.last();
                case Failure failure -> failure.last();
                case End _ -> true;
            };
        }
    }

    /** A model with more responses than the client has read of waits. */
    private static final int ROOM = 256;

    private final InferRequest request;
    private final long caller = Thread.currentThread().threadId();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private volatile boolean refused;
    /** Whether the last event has been taken. Of the connection's thread. */
    private boolean over;

    ResponseStream(InferRequest request) {
        this.request = request;
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        events.add(new Event.Response(response, last));
    }

    @Override
    public void failOne(InferException error) {
        events.add(new Event.Failure(error, false));
    }

    @Override
    public void fail(InferException error) {
        refused = Thread.currentThread().threadId() == caller && !request.hasBegun();
        events.add(new Event.Failure(error, true));
    }

    @Override
    public void end() {
        events.add(new Event.End());
    }

    /** Whether the request failed where it was handed over, before anything of it was run: the one event says why. */
    boolean isRefused() {
        return refused;
    }

    /** Whether the connection's thread keeps up. */
    boolean hasRoom() {
        return events.size() < ROOM;
    }

    /** Waits for the next event. Not to be called after the last one. */
    Event next() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    Event event = events.take();
                    over = event.isLast();
                    return event;
                } catch (InterruptedException e) {
                    // The request's memory is in use until its last event, so there is no way out before it.
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether the last event has been taken. */
    boolean isOver() {
        return over;
    }

    /** Waits for the end of the request and closes whatever comes until then. */
    void drain() {
        while (!over) {
            if (next() instanceof Event.Response unwanted) {
                unwanted.response().close();
            }
        }
    }
}
