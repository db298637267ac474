package dev.nereid.perf.report.html;

import java.util.List;
import java.util.Locale;

/** Lines through points, over two axes. */
final class LinePlot {
    /**
     * A point of a line.
     *
     * @param label written beside it; empty for none
     * @param hint shown under the pointer
     */
    record Point(double x, double y, String label, String hint) {}

    /**
     * A line.
     *
     * @param marked whether each point has a dot
     */
    record Line(String name, List<Point> points, boolean marked) {}

    private static final int WIDTH = 440;
    private static final int HEIGHT = 280;
    private static final int LEFT = 64;
    private static final int RIGHT = 16;
    private static final int TOP = 22;
    private static final int BOTTOM = 44;

    private final Axis across;
    private final Axis up;
    private final List<Line> lines;
    private final StringBuilder svg = new StringBuilder();

    private LinePlot(Axis across, Axis up, List<Line> lines) {
        this.across = across;
        this.up = up;
        this.lines = lines;
    }

    static String of(String name, Axis across, Axis up, List<Line> lines) {
        return Page.legend(lines.stream().map(Line::name).toList()) + new LinePlot(across, up, lines).draw(name);
    }

    private String draw(String name) {
        svg.append(String.format(
                        Locale.ROOT,
                        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                        WIDTH,
                        HEIGHT,
                        Page.escape(name)))
                .append('\n');
        for (Axis.Tick tick : up.ticks()) {
            double y = y(tick.value());
            svg.append(String.format(
                            Locale.ROOT,
                            "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
                            LEFT,
                            WIDTH - RIGHT,
                            y,
                            y))
                    .append('\n');
            svg.append(String.format(
                            Locale.ROOT,
                            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                            LEFT - 8,
                            y + 4,
                            tick.label()))
                    .append('\n');
        }
        for (Axis.Tick tick : across.ticks()) {
            double x = x(tick.value());
            svg.append(String.format(
                            Locale.ROOT,
                            "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
                            x,
                            x,
                            TOP,
                            HEIGHT - BOTTOM))
                    .append('\n');
            svg.append(String.format(
                            Locale.ROOT,
                            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                            x,
                            HEIGHT - BOTTOM + 17,
                            tick.label()))
                    .append('\n');
        }
        svg.append(String.format(
                        Locale.ROOT,
                        "<path class=\"axis\" fill=\"none\" d=\"M%d %dV%dH%d\"/>",
                        LEFT,
                        TOP,
                        HEIGHT - BOTTOM,
                        WIDTH - RIGHT))
                .append('\n');
        svg.append(String.format(
                        Locale.ROOT,
                        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                        (LEFT + WIDTH - RIGHT) / 2,
                        HEIGHT - 6,
                        Page.escape(across.title())))
                .append('\n');
        for (int i = 0; i < lines.size(); i++) {
            line(lines.get(i), i);
        }
        return svg.append("</svg>").toString();
    }

    private void line(Line line, int number) {
        StringBuilder path = new StringBuilder();
        for (Point point : line.points()) {
            path.append(
                    String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", x(point.x()), y(point.y())));
        }
        svg.append(String.format(
                        Locale.ROOT,
                        "<path fill=\"none\" stroke=\"var(--c%d)\" stroke-width=\"2\" stroke-linejoin=\"round\" d=\"%s\"/>",
                        number % Page.COLOURS,
                        path))
                .append('\n');
        for (Point point : line.points()) {
            if (line.marked()) {
                svg.append(String.format(
                                Locale.ROOT,
                                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"var(--c%d)\"><title>%s</title></circle>",
                                x(point.x()),
                                y(point.y()),
                                number % Page.COLOURS,
                                Page.escape(point.hint())))
                        .append('\n');
            }
            if (!point.label().isEmpty()) {
                svg.append(String.format(
                                Locale.ROOT,
                                "<text class=\"value\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                                x(point.x()),
                                y(point.y()) - 9,
                                Page.escape(point.label())))
                        .append('\n');
            }
        }
    }

    private double x(double value) {
        return LEFT + across.place(value) * (WIDTH - RIGHT - LEFT);
    }

    private double y(double value) {
        return HEIGHT - BOTTOM - up.place(value) * (HEIGHT - BOTTOM - TOP);
    }
}
