package dev.nereid.server.observe;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The counters of a decoupled model's responses, by their place within their request: the first response of each request
 * counts under 0. Requests may have any number of responses, so late ones share the last counters. Any thread.
 */
public final class ResponseStatistics {
    /** How a response turned out. */
    public enum Outcome {
        SUCCESS,
        FAIL,
        /** Made and not sent. */
        EMPTY,
        CANCEL
    }

    private static final class Place {
        private final Timed infer = new Timed();
        private final Timed output = new Timed();
        private final Timed success = new Timed();
        private final Timed fail = new Timed();
        private final Timed empty = new Timed();
        private final Timed cancel = new Timed();

        StatisticsSnapshot.Responses snapshot() {
            return new StatisticsSnapshot.Responses(
                    infer.snapshot(),
                    output.snapshot(),
                    success.snapshot(),
                    fail.snapshot(),
                    empty.snapshot(),
                    cancel.snapshot());
        }
    }

    /** Every place has counters for as long as the model is loaded. */
    static final int MOST_PLACES = 4096;

    private final ConcurrentMap<Integer, Place> places = new ConcurrentHashMap<>();

    ResponseStatistics() {}

    /**
     * Counts a response.
     *
     * @param index of the response within its request, from 0
     * @param inferNanos the model's own time since the response before; counts of all but those that were cancelled
     * @param outputNanos from then until the response was made; counts of responses with a content
     */
    public void record(int index, Outcome outcome, long inferNanos, long outputNanos) {
        Place place = places.computeIfAbsent(Math.min(index, MOST_PLACES - 1), _ -> new Place());
        switch (outcome) {
            case SUCCESS -> place.success.add(inferNanos + outputNanos);
            case FAIL -> place.fail.add(inferNanos + outputNanos);
            case EMPTY -> place.empty.add(inferNanos + outputNanos);
            case CANCEL -> place.cancel.add(inferNanos + outputNanos);
        }
        if (outcome != Outcome.CANCEL) {
            place.infer.add(inferNanos);
        }
        if (outcome == Outcome.SUCCESS || outcome == Outcome.FAIL) {
            place.output.add(outputNanos);
        }
    }

    SortedMap<Integer, StatisticsSnapshot.Responses> snapshot() {
        SortedMap<Integer, StatisticsSnapshot.Responses> snapshot = new TreeMap<>();
        places.forEach((index, place) -> snapshot.put(index, place.snapshot()));
        return snapshot;
    }
}
