package dev.nereid.models.conformance;

import java.util.List;
import java.util.SortedMap;

/**
 * What came of a suite. Tests are named {@code <group>/<test>}.
 *
 * @param passed names, in order
 * @param failed names and why
 * @param skipped names of tests without a model or without data
 */
public record Summary(List<String> passed, SortedMap<String, String> failed, List<String> skipped) {
    /** The last line of a report. */
    @Override
    public String toString() {
        return passed.size() + " passed, " + failed.size() + " failed, " + skipped.size() + " skipped";
    }
}
