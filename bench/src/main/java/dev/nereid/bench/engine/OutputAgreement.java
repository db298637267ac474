package dev.nereid.bench.engine;

import java.util.List;
import java.util.Optional;

/**
 * Checks that two engines computed the same: every output must point the same way and be as long. A wrong kernel turns an
 * output; rounding and quantisation do not.
 */
final class OutputAgreement {
    private static final double SAME_DIRECTION = 0.99;
    private static final double SAME_LENGTH = 0.02;

    private OutputAgreement() {}

    /** What is wrong with the first output that differs; empty where they agree. */
    static Optional<String> difference(List<double[]> ours, List<double[]> theirs) {
        if (ours.size() != theirs.size()) {
            return Optional.of(ours.size() + " outputs, the other engine has " + theirs.size());
        }
        for (int i = 0; i < ours.size(); i++) {
            Optional<String> difference = difference(ours.get(i), theirs.get(i));
            if (difference.isPresent()) {
                return Optional.of("output " + i + ": " + difference.get());
            }
        }
        return Optional.empty();
    }

    private static Optional<String> difference(double[] ours, double[] theirs) {
        if (ours.length != theirs.length) {
            return Optional.of(ours.length + " values, the other engine has " + theirs.length);
        }
        double dot = 0;
        double norm = 0;
        double otherNorm = 0;
        for (int i = 0; i < ours.length; i++) {
            if (!Double.isFinite(theirs[i])) {
                if (Double.compare(ours[i], theirs[i]) != 0) {
                    return Optional.of("value " + i + " is " + ours[i] + ", the other engine has " + theirs[i]);
                }
                continue;
            }
            dot += ours[i] * theirs[i];
            norm += ours[i] * ours[i];
            otherNorm += theirs[i] * theirs[i];
        }
        if (norm == 0 && otherNorm == 0) {
            return Optional.empty();
        }
        double cosine = dot / Math.sqrt(norm * otherNorm);
        double length = Math.sqrt(norm / otherNorm);
        // Written so that a NaN is a difference.
        boolean same = cosine >= SAME_DIRECTION && Math.abs(length - 1) <= SAME_LENGTH;
        return same ? Optional.empty() : Optional.of("cosine " + cosine + ", " + length + " times as long");
    }
}
