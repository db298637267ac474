package dev.nereid.bench.schedule;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Rows under a title, in Markdown that also reads well as text. */
public final class Table {
    private final String title;
    private final List<String[]> rows = new ArrayList<>();

    /** A table without rows. */
    public Table(String title, String... columns) {
        this.title = title;
        rows.add(columns);
    }

    /** Adds a row, a cell for each column. */
    public Table row(String... cells) {
        if (cells.length != rows.getFirst().length) {
            throw new IllegalArgumentException("expected " + rows.getFirst().length + " cells, got " + cells.length);
        }
        rows.add(cells);
        return this;
    }

    /** A number of requests in a second. */
    static String rate(double value) {
        return String.format(Locale.ROOT, "%.0f", value);
    }

    /** A share of 1 in percent. */
    static String percent(double value) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * value);
    }

    /** A time in milliseconds. */
    static String millis(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    /** Prints title and rows. */
    public void print(PrintStream out) {
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        out.println("### " + title);
        out.println();
        print(out, rows.getFirst(), widths);
        print(out, Arrays.stream(widths).mapToObj("-"::repeat).toArray(String[]::new), widths);
        rows.subList(1, rows.size()).forEach(row -> print(out, row, widths));
        out.println();
    }

    private static void print(PrintStream out, String[] cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            line.append("| ")
                    .append(cells[i])
                    .repeat(' ', widths[i] - cells[i].length())
                    .append(' ');
        }
        out.println(line.append('|'));
    }
}
