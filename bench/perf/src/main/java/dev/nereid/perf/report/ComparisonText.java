package dev.nereid.perf.report;

import dev.nereid.perf.compare.ComparedLevel;
import dev.nereid.perf.compare.Quantity;
import dev.nereid.perf.compare.Ratio;
import dev.nereid.perf.compare.ServerComparison.Side;
import java.io.PrintStream;
import java.util.Locale;

/** Two servers beside each other, as people read it. */
public final class ComparisonText {
    private static final int LEAST_WIDTH = 12;

    private final PrintStream out;
    private Side first = new Side("A", "");
    private Side second = new Side("B", "");

    public ComparisonText(PrintStream out) {
        this.out = out;
    }

    /** What is compared. */
    public void begin(Side first, Side second, int rounds) {
        this.first = first;
        this.second = second;
        out.printf(
                Locale.ROOT,
                "Comparing in %d rounds of one window each, in turns:%n  %s%n  %s%n"
                        + "Ratios are %s over %s, with the interval that holds the true one with 95 %%.%n%n",
                rounds,
                first.text(),
                second.text(),
                first.name(),
                second.name());
    }

    /** The table of one level. */
    public void level(ComparedLevel level, String levelName) {
        out.println(levelName + ": " + TextReport.rate(level.level()));
        out.printf(
                Locale.ROOT,
                "  %-26s %s %s  %7s  %-18s %s%n",
                "",
                right(first, first.name()),
                right(second, second.name()),
                "ratio",
                "95 % interval",
                "rounds from - to");
        level.ratios().forEach(this::ratio);
        if (level.firstFailed() + level.secondFailed() > 0) {
            out.printf(
                    Locale.ROOT,
                    "  Failed requests: %s %d, %s %d%n",
                    first.name(),
                    level.firstFailed(),
                    second.name(),
                    level.secondFailed());
        }
        out.println();
    }

    private void ratio(Ratio ratio) {
        Quantity quantity = ratio.quantity();
        out.printf(
                Locale.ROOT,
                "  %-26s %s %s  %7.3f  %-18s %-15s %s%n",
                quantity.title() + ", " + quantity.unit(),
                right(first, TextReport.rate(ratio.first())),
                right(second, TextReport.rate(ratio.second())),
                ratio.mean(),
                String.format(Locale.ROOT, "%.3f - %.3f", ratio.low(), ratio.high()),
                String.format(Locale.ROOT, "%.3f - %.3f", ratio.least(), ratio.most()),
                verdict(ratio));
    }

    /** Who is the better one, where that is sure. */
    private String verdict(Ratio ratio) {
        if (!ratio.isCertain()) {
            return "no difference seen";
        }
        return (ratio.firstIsBetter() ? first : second).name() + " is better";
    }

    /** Text at the right end of a server's column. */
    private static String right(Side side, String text) {
        int width = Math.max(LEAST_WIDTH, side.name().length());
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }
}
