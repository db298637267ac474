package dev.nereid.perf.report;

import dev.nereid.perf.compare.Ratio;
import dev.nereid.perf.compare.ServerComparison;
import java.util.Locale;

/** Two servers beside each other as a table: a row for each level and quantity. */
public final class ComparisonCsv {
    private ComparisonCsv() {}

    /** The whole file. Ratios are first over second. */
    public static String of(ServerComparison comparison) {
        StringBuilder text = new StringBuilder(comparison.levelName())
                .append(",Quantity,Unit,A,B,A/B,A/B low 95%,A/B high 95%,A/B min,A/B max,Rounds\n");
        comparison
                .levels()
                .forEach(level -> level.ratios()
                        .forEach(ratio -> text.append(TextReport.rate(level.level()))
                                .append(',')
                                .append(row(ratio))
                                .append('\n')));
        return text.toString();
    }

    private static String row(Ratio ratio) {
        return String.format(
                Locale.ROOT,
                "%s,%s,%s,%s,%.4f,%.4f,%.4f,%.4f,%.4f,%d",
                ratio.quantity().title(),
                ratio.quantity().unit(),
                TextReport.rate(ratio.first()),
                TextReport.rate(ratio.second()),
                ratio.mean(),
                ratio.low(),
                ratio.high(),
                ratio.least(),
                ratio.most(),
                ratio.rounds());
    }
}
