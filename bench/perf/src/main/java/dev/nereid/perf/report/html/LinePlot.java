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
    private final Svg svg;

    private LinePlot(String name, Axis across, Axis up, List<Line> lines) {
        this.svg = new Svg(name, WIDTH, HEIGHT);
        this.across = across;
        this.up = up;
        this.lines = lines;
    }

    static String of(String name, Axis across, Axis up, List<Line> lines) {
        return Page.legend(lines.stream().map(Line::name).toList()) + new LinePlot(name, across, up, lines).draw();
    }

    private String draw() {
        for (Axis.Tick tick : up.ticks()) {
            double y = y(tick.value());
            svg.add("<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH - RIGHT, y, y);
            svg.add("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 8, y + 4, tick.label());
        }
        for (Axis.Tick tick : across.ticks()) {
            double x = x(tick.value());
            svg.add("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x, TOP, HEIGHT - BOTTOM);
            svg.add(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    x, HEIGHT - BOTTOM + 17, tick.label());
        }
        svg.add("<path class=\"axis\" fill=\"none\" d=\"M%d %dV%dH%d\"/>", LEFT, TOP, HEIGHT - BOTTOM, WIDTH - RIGHT);
        svg.add(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, Page.escape(across.title()));
        for (int i = 0; i < lines.size(); i++) {
            line(lines.get(i), i);
        }
        return svg.end();
    }

    private void line(Line line, int number) {
        StringBuilder path = new StringBuilder();
        for (Point point : line.points()) {
            path.append(
                    String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", x(point.x()), y(point.y())));
        }
        svg.add(
                "<path fill=\"none\" stroke=\"var(--c%d)\" stroke-width=\"2\" stroke-linejoin=\"round\" d=\"%s\"/>",
                number % Page.COLOURS, path);
        for (Point point : line.points()) {
            if (line.marked()) {
                svg.add(
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"var(--c%d)\"><title>%s</title></circle>",
                        x(point.x()), y(point.y()), number % Page.COLOURS, Page.escape(point.hint()));
            }
            if (!point.label().isEmpty()) {
                svg.add(
                        "<text class=\"value\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                        x(point.x()), y(point.y()) - 9, Page.escape(point.label()));
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
