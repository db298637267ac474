package dev.nereid.bench.engine;

import java.util.List;
import java.util.Locale;

/** How a table is printed. */
public enum TableFormat {
    /** Columns for people: the first two to the left, numbers to the right, all under their names. */
    TEXT {
        @Override
        String row(List<String> columns) {
            StringBuilder row =
                    new StringBuilder(String.format(Locale.ROOT, "%-28s %-14s", columns.get(0), columns.get(1)));
            for (String column : columns.subList(2, columns.size())) {
                row.append(String.format(Locale.ROOT, " %10s", column));
            }
            return row.toString();
        }
    },
    CSV {
        @Override
        String row(List<String> columns) {
            return String.join(",", columns);
        }
    },
    MARKDOWN {
        @Override
        String row(List<String> columns) {
            return "| " + String.join(" | ", columns) + " |";
        }
    };

    abstract String row(List<String> columns);
}
