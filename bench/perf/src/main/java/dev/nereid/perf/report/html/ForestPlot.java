package dev.nereid.perf.report.html;

import dev.nereid.perf.compare.Ratio;
import java.util.List;
import java.util.Locale;

/** Ratios with their intervals, around the line where there is no difference. */
final class ForestPlot {
    private static final int WIDTH = 440;
    private static final int LEFT = 122;
    private static final int RIGHT = 24;
    private static final int TOP = 10;
    private static final int ROW = 30;
    private static final double LEAST_REACH = 1.05;
    private static final double MOST_REACH = 200;

    private ForestPlot() {}

    static String of(String name, List<Ratio> ratios) {
        double reach = LEAST_REACH;
        for (Ratio ratio : ratios) {
            for (double end : List.of(ratio.least(), ratio.most(), ratio.low(), ratio.high())) {
                if (end > 0 && Double.isFinite(end)) {
                    reach = Math.max(reach, Math.max(end, 1 / end));
                }
            }
        }
        reach = Math.min(reach, MOST_REACH);
        Axis axis = Axis.logarithmic("", 1 / reach, reach, NumberFormat::digits);
        int height = TOP + ROW * ratios.size() + 26;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                        Locale.ROOT,
                        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                        WIDTH,
                        height,
                        Page.escape(name)))
                .append('\n');
        for (Axis.Tick tick : axis.ticks()) {
            double x = x(axis, tick.value());
            svg.append(String.format(
                            Locale.ROOT,
                            "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                                    + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                            x,
                            x,
                            TOP,
                            height - 24,
                            x,
                            height - 8,
                            tick.label()))
                    .append('\n');
        }
        svg.append(String.format(
                        Locale.ROOT,
                        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"var(--soft)\" stroke-dasharray=\"4 3\"/>",
                        x(axis, 1),
                        x(axis, 1),
                        TOP,
                        height - 24))
                .append('\n');
        for (int i = 0; i < ratios.size(); i++) {
            row(svg, axis, ratios.get(i), TOP + ROW * i + ROW / 2);
        }
        return svg.append("</svg>").toString();
    }

    private static void row(StringBuilder svg, Axis axis, Ratio ratio, int y) {
        svg.append(String.format(
                        Locale.ROOT,
                        "<text class=\"value\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
                        LEFT - 10,
                        y + 4,
                        Page.escape(ratio.quantity().title())))
                .append('\n');
        if (ratio.rounds() == 0) {
            return;
        }
        String colour = ratio.isCertain() ? (ratio.firstIsBetter() ? "--good" : "--bad") : "--soft";
        svg.append(String.format(
                        Locale.ROOT,
                        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"var(%s)\" stroke-opacity=\".5\"/>"
                                + "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"var(%s)\" stroke-width=\"6\""
                                + " stroke-opacity=\".55\" stroke-linecap=\"round\"/>"
                                + "<circle cx=\"%.1f\" cy=\"%d\" r=\"4.5\" fill=\"var(%s)\"><title>%.3f (%.3f to %.3f)</title>"
                                + "</circle>",
                        x(axis, ratio.least()),
                        x(axis, ratio.most()),
                        y,
                        y,
                        colour,
                        x(axis, ratio.low()),
                        x(axis, ratio.high()),
                        y,
                        y,
                        colour,
                        x(axis, ratio.mean()),
                        y,
                        colour,
                        ratio.mean(),
                        ratio.low(),
                        ratio.high()))
                .append('\n');
    }

    private static double x(Axis axis, double value) {
        return LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT);
    }
}
