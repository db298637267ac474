package dev.nereid.perf.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One request on its way: when what happened to it, in nanoseconds of {@link System#nanoTime}. Belongs to one thread at a
 * time, the sender's and then the receiver's.
 */
public final class Exchange {
    /** Told once how a request ended, on the receiver's thread; may send the next one from there. */
    public interface Listener {
        void succeeded(Exchange exchange);

        void failed(Exchange exchange, Failure failure);

        /** A response of several has come. */
        default void responded(Exchange exchange) {}
    }

    private static final long[] NO_TIMES = {};

    private final Listener listener;
    private final Payload payload;
    private final long scheduled;
    private final boolean sequenceEnd;
    private final boolean delayed;
    private long start;
    private long sent;
    private long answered;
    private long end;
    private int responses;
    private long[] ends = NO_TIMES;
    private List<Answer> answers = List.of();
    private long emptyEnd;

    /**
     * A request that is about to be sent.
     *
     * @param scheduled when it should be sent
     * @param sequenceEnd whether it is the last of a sequence
     * @param delayed whether it is late already
     */
    public Exchange(Listener listener, Payload payload, long scheduled, boolean sequenceEnd, boolean delayed) {
        this.listener = listener;
        this.payload = payload;
        this.scheduled = scheduled;
        this.sequenceEnd = sequenceEnd;
        this.delayed = delayed;
    }

    public Payload payload() {
        return payload;
    }

    public long scheduled() {
        return scheduled;
    }

    public long start() {
        return start;
    }

    public long sent() {
        return sent;
    }

    public long answered() {
        return answered;
    }

    public long end() {
        return end;
    }

    public int responses() {
        return responses;
    }

    /** When each response was complete where there are several; empty where {@link #end} says it. */
    public long[] ends() {
        return responses > 1 ? Arrays.copyOf(ends, responses) : NO_TIMES;
    }

    /** What the responses were, where the transport keeps them. */
    public List<Answer> answers() {
        return answers;
    }

    /** When a response came that only said that there are no more; 0 if none did. */
    public long emptyEnd() {
        return emptyEnd;
    }

    public boolean isSequenceEnd() {
        return sequenceEnd;
    }

    public boolean isDelayed() {
        return delayed;
    }

    void markStart() {
        start = System.nanoTime();
        sent = start;
    }

    void markSent() {
        sent = System.nanoTime();
    }

    /** The first byte of an answer is there; later calls change nothing. */
    void markAnswered() {
        if (responses == 0 && answered == 0) {
            answered = System.nanoTime();
        }
    }

    /** A response is complete; the last call counts. */
    void markResponse() {
        markAnswered();
        long former = end;
        end = System.nanoTime();
        if (responses > 0) {
            keep(responses - 1, former);
            keep(responses, end);
        }
        responses++;
    }

    /** Keeps a response. */
    void keep(Answer answer) {
        if (answers.isEmpty()) {
            answers = new ArrayList<>(1);
        }
        answers.add(answer);
    }

    /** A response has come that only says that there are no more. */
    void markEmptyEnd() {
        emptyEnd = System.nanoTime();
    }

    private void keep(int response, long time) {
        if (response >= ends.length) {
            ends = Arrays.copyOf(ends, Math.max(4, 2 * ends.length));
        }
        ends[response] = time;
    }

    /** A response is complete that is not the last; tells the listener how many there are. */
    void respond() {
        markResponse();
        listener.responded(this);
    }

    /** All responses are there; the failure, if any, is what is wrong with them. */
    void end(Optional<Failure> failure) {
        if (failure.isPresent()) {
            listener.failed(this, failure.get());
        } else {
            listener.succeeded(this);
        }
    }

    void fail(Failure failure) {
        end = System.nanoTime();
        listener.failed(this, failure);
    }
}
