package dev.nereid.bench.perf.report;

import dev.nereid.bench.perf.compare.ComparedLevel;
import dev.nereid.bench.perf.compare.Quantity;
import dev.nereid.bench.perf.compare.Ratio;
import java.io.PrintStream;
import java.util.Locale;

/** Two servers beside each other, as people read it. */
public final class ComparisonText {
    private final PrintStream out;

    public ComparisonText(PrintStream out) {
        this.out = out;
    }

    /** What is compared. */
    public void begin(String first, String second, int rounds) {
        out.printf(
                Locale.ROOT,
                "Comparing in %d rounds of one window each, in turns:%n  A: %s%n  B: %s%n"
                        + "Ratios are A over B, with the interval that holds the true one with 95 %%.%n%n",
                rounds,
                first,
                second);
    }

    /** The table of one level. */
    public void level(ComparedLevel level, String levelName) {
        out.println(levelName + ": " + TextReport.rate(level.level()));
        out.printf(
                Locale.ROOT,
                "  %-26s %12s %12s  %7s  %-18s %s%n",
                "",
                "A",
                "B",
                "ratio",
                "95 % interval",
                "rounds from - to");
        level.ratios().forEach(this::ratio);
        if (level.firstFailed() + level.secondFailed() > 0) {
            out.printf(Locale.ROOT, "  Failed requests: A %d, B %d%n", level.firstFailed(), level.secondFailed());
        }
        out.println();
    }

    private void ratio(Ratio ratio) {
        Quantity quantity = ratio.quantity();
        out.printf(
                Locale.ROOT,
                "  %-26s %12s %12s  %7.3f  %-18s %-15s %s%n",
                quantity.title() + ", " + quantity.unit(),
                TextReport.rate(ratio.first()),
                TextReport.rate(ratio.second()),
                ratio.mean(),
                String.format(Locale.ROOT, "%.3f - %.3f", ratio.low(), ratio.high()),
                String.format(Locale.ROOT, "%.3f - %.3f", ratio.least(), ratio.most()),
                verdict(ratio));
    }

    /** Who is the better one, where that is sure. */
    static String verdict(Ratio ratio) {
        if (!ratio.isCertain()) {
            return "no difference seen";
        }
        return ratio.firstIsBetter() ? "A is better" : "B is better";
    }
}
