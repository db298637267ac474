package dev.nereid.bench.perf.report.html;

import java.util.List;
import java.util.Locale;

/** A bar for each of some things, made of parts that add up. */
final class StackedBars {
    /** A bar: a value for each part. */
    record Bar(String name, List<Double> values) {
        double sum() {
            return values.stream().mapToDouble(Double::doubleValue).sum();
        }
    }

    private static final int WIDTH = 1200;
    private static final int LEFT = 96;
    private static final int RIGHT = 88;
    private static final int TOP = 30;
    private static final int ROW = 28;

    private StackedBars() {}

    /** Bars in microseconds. */
    static String of(String name, List<String> parts, List<Bar> bars) {
        double most = bars.stream().mapToDouble(Bar::sum).max().orElse(1);
        Axis axis = Axis.linear("", most, Numbers::micros);
        int height = TOP + ROW * bars.size() + 26;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                        Locale.ROOT,
                        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                        WIDTH,
                        height,
                        Page.escape(name)))
                .append('\n');
        int legend = LEFT;
        for (int i = 0; i < parts.size(); i++) {
            svg.append(String.format(
                            Locale.ROOT,
                            "<rect x=\"%d\" y=\"5\" width=\"11\" height=\"11\" rx=\"2\" fill=\"var(--c%d)\"/>"
                                    + "<text class=\"value\" x=\"%d\" y=\"15\">%s</text>",
                            legend,
                            i,
                            legend + 16,
                            Page.escape(parts.get(i))))
                    .append('\n');
            legend += 36 + 7 * parts.get(i).length();
        }
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
        for (int i = 0; i < bars.size(); i++) {
            bar(svg, axis, bars.get(i), parts, TOP + ROW * i);
        }
        return svg.append("</svg>").toString();
    }

    private static void bar(StringBuilder svg, Axis axis, Bar bar, List<String> parts, int y) {
        svg.append(String.format(
                        Locale.ROOT,
                        "<text class=\"value\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
                        LEFT - 8,
                        y + 18,
                        Page.escape(bar.name())))
                .append('\n');
        double from = 0;
        for (int i = 0; i < parts.size(); i++) {
            double value = bar.values().get(i);
            if (value > 0) {
                svg.append(String.format(
                                Locale.ROOT,
                                "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"18\" fill=\"var(--c%d)\"><title>%s: %s</title>"
                                        + "</rect>",
                                x(axis, from),
                                y + 5,
                                x(axis, from + value) - x(axis, from),
                                i,
                                Page.escape(parts.get(i)),
                                Numbers.micros(value)))
                        .append('\n');
            }
            from += value;
        }
        svg.append(String.format(
                        Locale.ROOT,
                        "<text class=\"value\" x=\"%.1f\" y=\"%d\">%s</text>",
                        x(axis, from) + 7,
                        y + 18,
                        Numbers.micros(from)))
                .append('\n');
    }

    private static double x(Axis axis, double value) {
        return LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT);
    }
}
