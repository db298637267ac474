package dev.nereid.perf.report.html;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How some times divide into parts: a bar as wide as the page for each, and a table of the numbers. Elements of the page and not
 * a drawing, whose text would shrink with it.
 */
final class StackedBars {
    /** A bar: microseconds for each part. */
    record Bar(String name, List<Double> values) {
        double sum() {
            return values.stream().mapToDouble(Double::doubleValue).sum();
        }
    }

    private StackedBars() {}

    /**
     * Bars and their table.
     *
     * @param name what is divided
     * @param barName what each bar is, such as a level of a run
     */
    static String of(String name, String barName, List<String> parts, List<Bar> bars) {
        StringBuilder markup = new StringBuilder(Page.legend(parts));
        markup.append("<div class=\"bars\" role=\"img\" aria-label=\"")
                .append(Page.escape(name))
                .append("\">\n");
        bars.forEach(bar -> bar(markup, parts, bar));
        return markup.append("</div>\n").append(table(barName, parts, bars)).toString();
    }

    private static void bar(StringBuilder markup, List<String> parts, Bar bar) {
        markup.append("<span>").append(Page.escape(bar.name())).append("</span><div class=\"bar\">");
        for (int i = 0; i < parts.size(); i++) {
            double value = bar.values().get(i);
            if (value > 0) {
                markup.append(String.format(
                        Locale.ROOT,
                        "<div style=\"width:%.3f%%;background:var(--c%d)\" title=\"%s: %s\"></div>",
                        100 * value / bar.sum(),
                        i % Page.COLOURS,
                        Page.escape(parts.get(i)),
                        NumberFormat.micros(value)));
            }
        }
        markup.append("</div><span>").append(NumberFormat.micros(bar.sum())).append("</span>\n");
    }

    private static String table(String barName, List<String> parts, List<Bar> bars) {
        List<String> head = new ArrayList<>(List.of(barName));
        head.addAll(parts);
        head.add("all");
        List<List<String>> rows = new ArrayList<>();
        for (Bar bar : bars) {
            List<String> row = new ArrayList<>(List.of(Page.escape(bar.name())));
            bar.values().forEach(value -> row.add(NumberFormat.micros(value)));
            row.add(NumberFormat.micros(bar.sum()));
            rows.add(row);
        }
        return Page.table(head, rows);
    }
}
