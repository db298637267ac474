package dev.nereid.server.observe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The quantiles of summaries, read from pairs with the errors that they may have: {@code 0.5:0.05,0.9:0.01}. As in Triton,
 * a pair that is none is left out, what follows a number does not count, and no number is too large. Immutable.
 *
 * @param quantiles those of the pairs that could be read; one beyond 0 or 1 is the least or the greatest value
 * @param complaints a sentence of Triton's for each of the others, and one of our own for each beyond 0 or 1
 */
public record SummaryQuantiles(SortedSet<Double> quantiles, List<String> complaints) {
    private static final Pattern NUMBER = Pattern.compile(
            "\\s*(?<number>[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)(e[+-]?[0-9]+)?)", Pattern.CASE_INSENSITIVE);

    public SummaryQuantiles {
        quantiles = Collections.unmodifiableSortedSet(new TreeSet<>(quantiles));
        complaints = List.copyOf(complaints);
    }

    /** Reads pairs with commas between them. */
    public static SummaryQuantiles parse(String text) {
        SortedSet<Double> quantiles = new TreeSet<>();
        List<String> complaints = new ArrayList<>();
        String pairs = text.endsWith(",") ? text.substring(0, text.length() - 1) : text;
        for (String pair : pairs.split(",", -1)) {
            int colon = pair.indexOf(':');
            if (colon < 0) {
                complaints.add("Invalid option: [" + pair
                        + "]. No ':' delimiter found. Expected format is <quantile>:<error>");
                continue;
            }
            OptionalDouble quantile = number(pair.substring(0, colon));
            // Errors are looser than what the summaries have.
            if (quantile.isPresent() && number(pair.substring(colon + 1)).isPresent()) {
                quantiles.add(quantile.getAsDouble());
                if (quantile.getAsDouble() < 0 || quantile.getAsDouble() > 1) {
                    complaints.add("summary_quantiles are from 0 to 1, got [" + pair + "]: it shows the "
                            + (quantile.getAsDouble() < 0 ? "least" : "greatest") + " value");
                }
            } else {
                complaints.add("Invalid option: [" + pair + "]. Error: stod");
            }
        }
        return new SummaryQuantiles(quantiles, complaints);
    }

    private static OptionalDouble number(String text) {
        Matcher number = NUMBER.matcher(text);
        return number.lookingAt()
                ? OptionalDouble.of(Double.parseDouble(number.group("number")))
                : OptionalDouble.empty();
    }
}
