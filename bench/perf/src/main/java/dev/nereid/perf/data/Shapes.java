package dev.nereid.perf.data;

import java.util.List;
import java.util.stream.Collectors;

/** Shapes as this tool compares and prints them. */
final class Shapes {
    private Shapes() {}

    /** A shape without spaces, as perf_analyzer prints it. */
    static String text(List<Long> dims) {
        return dims.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }

    /** Whether a tensor of {@code dims} may stand where {@code pattern}, with -1 for any length, is wanted. */
    static boolean fits(List<Long> dims, List<Long> pattern) {
        if (dims.size() != pattern.size()) {
            return false;
        }
        for (int i = 0; i < dims.size(); i++) {
            if (pattern.get(i) >= 0 && !pattern.get(i).equals(dims.get(i))) {
                return false;
            }
        }
        return true;
    }
}
