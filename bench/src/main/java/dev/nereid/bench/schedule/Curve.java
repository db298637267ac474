package dev.nereid.bench.schedule;

import dev.nereid.server.schedule.ScheduledRequest;
import java.util.List;

/**
 * How long batches really take, without the noise; all times in milliseconds.
 *
 * @param fixed for every batch
 * @param perItem for every request
 * @param perToken for every token
 * @param perSquare for the square of every request's tokens
 * @param padded whether every request counts as long as the longest of its batch
 */
record Curve(double fixed, double perItem, double perToken, double perSquare, boolean padded) {
    /** A device that is the better used the larger its batches are. */
    static final Curve WIDE = new Curve(4, 0.25, 0, 0, false);

    /** A processor that does one item after the other. */
    static final Curve FLAT = new Curve(0.5, 2, 0, 0, false);

    /** Texts one behind the other. */
    static final Curve PACKED = new Curve(3, 0, 0.01, 4e-6, false);

    /** Texts side by side. */
    static final Curve PADDED = new Curve(3, 0, 0.01, 4e-6, true);

    /** What one more text takes. */
    double millisOf(int tokens) {
        return perItem + perToken * tokens + perSquare * tokens * tokens;
    }

    /** What a batch takes. */
    double millis(List<ScheduledRequest> batch) {
        double tokens = 0;
        double squares = 0;
        double longest = 0;
        for (ScheduledRequest request : batch) {
            double length = SimulatedRequests.length(request);
            tokens += length;
            squares += length * length;
            longest = Math.max(longest, length);
        }
        if (padded) {
            tokens = batch.size() * longest;
            squares = tokens * longest;
        }
        return fixed + perItem * batch.size() + perToken * tokens + perSquare * squares;
    }
}
