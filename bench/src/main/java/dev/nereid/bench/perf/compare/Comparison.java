package dev.nereid.bench.perf.compare;

import java.util.List;

/**
 * Two servers under the same loads.
 *
 * @param first what the first is called
 * @param second what the second is called
 * @param levelName what a level is called
 */
public record Comparison(String first, String second, String levelName, List<ComparedLevel> levels) {
    public Comparison {
        levels = List.copyOf(levels);
    }
}
