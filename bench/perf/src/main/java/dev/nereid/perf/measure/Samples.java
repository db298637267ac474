package dev.nereid.perf.measure;

import dev.nereid.perf.data.InferenceRequest;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The times of finished requests, a column each, in nanoseconds of one clock. Not safe for several threads; grows without
 * an object a request, so that recording costs little.
 */
public final class Samples {
    private static final int FIRST_CAPACITY = 1024;
    private static final byte SEQUENCE_END = 1;
    private static final byte DELAYED = 2;
    private static final long[] ONE_END = {};

    private int size;
    private long[] scheduled = new long[FIRST_CAPACITY];
    private long[] start = new long[FIRST_CAPACITY];
    private long[] sent = new long[FIRST_CAPACITY];
    private long[] answered = new long[FIRST_CAPACITY];
    private long[] end = new long[FIRST_CAPACITY];
    private int[] responses = new int[FIRST_CAPACITY];
    private byte[] flags = new byte[FIRST_CAPACITY];
    private long[][] ends = new long[FIRST_CAPACITY][];

    /** Empty until the first request is described. */
    private @Nullable Contents[] contents = {};

    /**
     * What a request and its answers carried.
     *
     * @param answers their place in the log of answers
     * @param emptyEnd when a response came that only said that there are no more; 0 if none did
     */
    public record Contents(InferenceRequest request, long answers, long emptyEnd) {}

    /**
     * Adds a request.
     *
     * @param scheduled when it should have been sent
     * @param start when sending began
     * @param sent when the last byte was handed to the system
     * @param answered when the first byte of the answer was there
     * @param end when the last response was complete
     * @param responses how many there were
     */
    public void add(
            long scheduled,
            long start,
            long sent,
            long answered,
            long end,
            int responses,
            boolean sequenceEnd,
            boolean delayed) {
        add(scheduled, start, sent, answered, end, responses, sequenceEnd, delayed, ONE_END);
    }

    /**
     * Adds a request that may have several responses.
     *
     * @param ends when each of several responses was complete; empty for one
     */
    public void add(
            long scheduled,
            long start,
            long sent,
            long answered,
            long end,
            int responses,
            boolean sequenceEnd,
            boolean delayed,
            long[] ends) {
        if (size == this.start.length) {
            grow(2 * size);
        }
        this.scheduled[size] = scheduled;
        this.start[size] = start;
        this.sent[size] = sent;
        this.answered[size] = answered;
        this.end[size] = end;
        this.responses[size] = responses;
        this.ends[size] = ends;
        flags[size++] = (byte) ((sequenceEnd ? SEQUENCE_END : 0) | (delayed ? DELAYED : 0));
    }

    /** Says what the request that was added last carried. */
    public void describe(Contents what) {
        if (contents.length < start.length) {
            contents = Arrays.copyOf(contents, start.length);
        }
        contents[size - 1] = what;
    }

    /** What request {@code i} carried, where that is known. */
    public Optional<Contents> contents(int i) {
        return i < contents.length ? Optional.ofNullable(contents[i]) : Optional.empty();
    }

    /** Adds request {@code i} of others. */
    public void add(Samples others, int i) {
        add(
                others.scheduled[i],
                others.start[i],
                others.sent[i],
                others.answered[i],
                others.end[i],
                others.responses[i],
                others.isSequenceEnd(i),
                others.isDelayed(i),
                others.ends[i]);
        others.contents(i).ifPresent(this::describe);
    }

    /** Adds all of others. */
    public void addAll(Samples others) {
        for (int i = 0; i < others.size; i++) {
            add(others, i);
        }
    }

    public int size() {
        return size;
    }

    public long start(int i) {
        return start[i];
    }

    public long end(int i) {
        return end[i];
    }

    /** When each response was complete. */
    public LongStream ends(int i) {
        return ends[i].length > 0 ? Arrays.stream(ends[i]) : LongStream.of(end[i]);
    }

    public int responses(int i) {
        return responses[i];
    }

    public boolean isSequenceEnd(int i) {
        return (flags[i] & SEQUENCE_END) != 0;
    }

    /** Whether it was sent later than its schedule allows. */
    public boolean isDelayed(int i) {
        return (flags[i] & DELAYED) != 0;
    }

    /** From the begin of sending to the last response. */
    public LongStream latencies() {
        return indices().mapToLong(i -> end[i] - start[i]);
    }

    /** From the time it should have been sent to the last response: what a user who came then has waited. */
    public LongStream scheduledLatencies() {
        return indices().mapToLong(i -> end[i] - scheduled[i]);
    }

    /** From the time it should have been sent to the begin of sending. */
    public LongStream sendDelays() {
        return indices().mapToLong(i -> start[i] - scheduled[i]);
    }

    public LongStream sendTimes() {
        return indices().mapToLong(i -> sent[i] - start[i]);
    }

    /** From the first byte of the answer to the last. */
    public LongStream receiveTimes() {
        return indices().mapToLong(i -> end[i] - answered[i]);
    }

    /** From the last byte sent to the first byte of the answer. */
    public LongStream waitTimes() {
        return indices().mapToLong(i -> answered[i] - sent[i]);
    }

    private IntStream indices() {
        return IntStream.range(0, size);
    }

    private void grow(int capacity) {
        scheduled = Arrays.copyOf(scheduled, capacity);
        start = Arrays.copyOf(start, capacity);
        sent = Arrays.copyOf(sent, capacity);
        answered = Arrays.copyOf(answered, capacity);
        end = Arrays.copyOf(end, capacity);
        responses = Arrays.copyOf(responses, capacity);
        flags = Arrays.copyOf(flags, capacity);
        ends = Arrays.copyOf(ends, capacity);
    }
}
