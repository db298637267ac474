package dev.nereid.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of numbers, each behind its name: for people, for programs and for a page. */
public final class NumberTable {
    /** How it is printed. */
    public enum Format {
        /** Columns of one width, numbers to the right. */
        TEXT,
        CSV,
        MARKDOWN
    }

    private final List<List<String>> rows = new ArrayList<>();

    /** A table without rows; the first column is that of the names. */
    public NumberTable(String... columns) {
        rows.add(List.of(columns));
    }

    /** Adds a row, a cell for each column. */
    public void row(String... cells) {
        if (cells.length != rows.getFirst().size()) {
            throw new IllegalArgumentException("expected " + rows.getFirst().size() + " cells, got " + cells.length);
        }
        rows.add(List.of(cells));
    }

    /** A number with so many digits behind the point. */
    public static String number(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /** Prints the columns' names and the rows. */
    public void print(Format format, PrintStream out) {
        switch (format) {
            case TEXT -> rows.forEach(row -> out.println(text(row)));
            case CSV ->
                rows.forEach(row -> out.println(
                        String.join(",", row.stream().map(NumberTable::quoted).toList())));
            case MARKDOWN -> {
                out.println(markdown(rows.getFirst()));
                out.println("|---|" + "---:|".repeat(rows.getFirst().size() - 1));
                rows.subList(1, rows.size()).forEach(row -> out.println(markdown(row)));
            }
        }
    }

    private String text(List<String> row) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            int place = column;
            int width = rows.stream()
                    .mapToInt(each -> each.get(place).length())
                    .max()
                    .orElse(0);
            String cell = row.get(column);
            if (column == 0) {
                line.append(cell).repeat(' ', width - cell.length());
            } else {
                line.repeat(' ', 2 + width - cell.length()).append(cell);
            }
        }
        return line.toString();
    }

    private static String quoted(String cell) {
        return cell.contains(",") ? '"' + cell + '"' : cell;
    }

    private static String markdown(List<String> row) {
        return "| " + String.join(" | ", row) + " |";
    }
}
