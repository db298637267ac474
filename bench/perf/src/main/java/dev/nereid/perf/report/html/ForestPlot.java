package dev.nereid.perf.report.html;

import dev.nereid.perf.compare.Ratio;
import java.util.List;

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
        Svg svg = new Svg(name, WIDTH, height);
        for (Axis.Tick tick : axis.ticks()) {
            double x = x(axis, tick.value());
            svg.add(
                    "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                            + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    x, x, TOP, height - 24, x, height - 8, tick.label());
        }
        svg.add(
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"var(--soft)\" stroke-dasharray=\"4 3\"/>",
                x(axis, 1), x(axis, 1), TOP, height - 24);
        for (int i = 0; i < ratios.size(); i++) {
            row(svg, axis, ratios.get(i), TOP + ROW * i + ROW / 2);
        }
        return svg.end();
    }

    private static void row(Svg svg, Axis axis, Ratio ratio, int y) {
        svg.add(
                "<text class=\"value\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
                LEFT - 10, y + 4, Page.escape(ratio.quantity().title()));
        if (ratio.rounds() == 0) {
            return;
        }
        String colour = ratio.isCertain() ? (ratio.firstIsBetter() ? "--good" : "--bad") : "--soft";
        svg.add(
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
                ratio.high());
    }

    private static double x(Axis axis, double value) {
        return LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT);
    }
}
