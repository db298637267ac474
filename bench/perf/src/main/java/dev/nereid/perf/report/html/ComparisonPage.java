package dev.nereid.perf.report.html;

import dev.nereid.perf.compare.ComparedLevel;
import dev.nereid.perf.compare.Quantity;
import dev.nereid.perf.compare.Ratio;
import dev.nereid.perf.compare.ServerComparison;
import dev.nereid.perf.compare.ServerComparison.Side;
import dev.nereid.perf.measure.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** A page about two servers under the same loads. */
public final class ComparisonPage {
    private final ServerComparison comparison;

    private ComparisonPage(ServerComparison comparison) {
        this.comparison = comparison;
    }

    /** The whole page. */
    public static String of(ServerComparison comparison) {
        return new ComparisonPage(comparison).page();
    }

    private String page() {
        List<String> cards = new ArrayList<>();
        cards.add(Page.card("Throughput and p99 latency", plot(), "", false));
        for (ComparedLevel level : comparison.levels()) {
            cards.add(Page.card(
                    comparison.levelName() + " " + NumberFormat.digits(level.level()) + ": " + ratioName(),
                    ForestPlot.of("Ratios, " + ratioName(), level.ratios()),
                    "Bars hold the true ratio with 95 %, dots are its estimate; thin lines reach from the least ratio of"
                            + " a round to the most.",
                    false));
        }
        cards.add(Page.card("All figures", table(), "Ratios are " + ratioName() + ".", true));
        return Page.of(
                "Two servers beside each other",
                comparison.first().text() + " — " + comparison.second().text(),
                List.of(Page.cards(cards)));
    }

    private String ratioName() {
        return comparison.first().name() + " over " + comparison.second().name();
    }

    private String plot() {
        List<LinePlot.Line> lines = List.of(
                line(comparison.first().name(), ComparedLevel::first),
                line(comparison.second().name(), ComparedLevel::second));
        double most = 1;
        double least = Double.MAX_VALUE;
        double slowest = 1;
        for (LinePlot.Line line : lines) {
            for (LinePlot.Point point : line.points()) {
                most = Math.max(most, point.x());
                least = Math.min(least, point.y());
                slowest = Math.max(slowest, point.y());
            }
        }
        return LinePlot.of(
                "p99 latency over throughput",
                Axis.linear("inferences a second; numbers are the levels", most, NumberFormat::plain),
                Axis.of("p99 latency", least, slowest, NumberFormat::micros),
                lines);
    }

    private LinePlot.Line line(String name, Function<ComparedLevel, Summary> side) {
        List<LinePlot.Point> points = new ArrayList<>();
        for (ComparedLevel level : comparison.levels()) {
            Summary summary = side.apply(level);
            points.add(new LinePlot.Point(
                    Quantity.THROUGHPUT.of(summary),
                    Math.max(1, Quantity.P99.of(summary)),
                    NumberFormat.digits(level.level()),
                    name + ": " + NumberFormat.plain(summary.throughput()) + "/s, p99 "
                            + NumberFormat.micros(Quantity.P99.of(summary))));
        }
        return new LinePlot.Line(name, points, true);
    }

    private String table() {
        List<List<String>> rows = new ArrayList<>();
        for (ComparedLevel level : comparison.levels()) {
            for (Ratio ratio : level.ratios()) {
                boolean rate = ratio.quantity() == Quantity.THROUGHPUT;
                rows.add(List.of(
                        NumberFormat.digits(level.level()),
                        ratio.quantity().title(),
                        rate ? NumberFormat.plain(ratio.first()) : NumberFormat.micros(ratio.first()),
                        rate ? NumberFormat.plain(ratio.second()) : NumberFormat.micros(ratio.second()),
                        String.format(Locale.ROOT, "%.3f", ratio.mean()),
                        String.format(Locale.ROOT, "%.3f – %.3f", ratio.low(), ratio.high()),
                        String.format(Locale.ROOT, "%.3f – %.3f", ratio.least(), ratio.most()),
                        verdict(ratio)));
            }
        }
        return Page.table(
                List.of(
                        comparison.levelName(),
                        "quantity",
                        comparison.first().name(),
                        comparison.second().name(),
                        "ratio",
                        "95 % interval",
                        "rounds",
                        "verdict"),
                rows);
    }

    private String verdict(Ratio ratio) {
        if (!ratio.isCertain()) {
            return "no difference seen";
        }
        Side better = ratio.firstIsBetter() ? comparison.first() : comparison.second();
        return "<span class=\"" + (ratio.firstIsBetter() ? "good" : "bad") + "\">" + Page.escape(better.name())
                + " is better</span>";
    }
}
