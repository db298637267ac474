package dev.nereid.models.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What docs/conformance.md lists as failing. */
public final class ListedFailures {
    /** How many tests ONNX 1.17 has, in Debian's package. */
    private static final int OF_ONNX_1_17 = 1428;

    /** How the reason begins of what fails in ONNX 1.17 alone. */
    private static final String OLD = "ONNX 1.17: ";

    private static final Pattern LISTED = Pattern.compile("\\| ((node|simple|light|pytorch-\\w+)/\\w+) \\| (.+) \\|");

    private ListedFailures() {}

    static boolean isOfOnnx117(Summary summary) {
        int tests = summary.passed().size()
                + summary.failed().size()
                + summary.skipped().size();
        return tests == OF_ONNX_1_17;
    }

    /** Names of tests that may fail in a run of a suite. */
    public static Set<String> of(Path page, Summary summary) throws IOException {
        boolean old = isOfOnnx117(summary);
        return Files.readString(page)
                .lines()
                .map(LISTED::matcher)
                .filter(Matcher::matches)
                .filter(line -> old || !line.group(3).startsWith(OLD))
                .map(line -> line.group(1))
                .collect(Collectors.toSet());
    }
}
