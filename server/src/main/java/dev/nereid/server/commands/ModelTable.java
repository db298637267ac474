package dev.nereid.server.commands;

import dev.nereid.server.repository.IndexEntry;
import java.util.ArrayList;
import java.util.List;

/** The models of the repository and their state, as a table for people. */
final class ModelTable {
    private static final int REASON_WIDTH = 100;

    private ModelTable() {}

    /** The table, one line each. */
    static List<String> lines(List<IndexEntry> index) {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"Model", "Version", "State"});
        for (IndexEntry entry : index) {
            String state = entry.state().isEmpty() ? "not loaded" : entry.state();
            rows.add(new String[] {entry.id().toString(), entry.version(), state + reason(entry.reason())});
        }
        int nameWidth = width(rows, 0);
        int versionWidth = width(rows, 1);
        List<String> lines = new ArrayList<>();
        for (String[] row : rows) {
            lines.add(padded(row[0], nameWidth) + "  " + padded(row[1], versionWidth) + "  " + row[2]);
        }
        return lines;
    }

    private static String reason(String reason) {
        String line = reason.lines().findFirst().orElse("");
        if (line.length() > REASON_WIDTH) {
            line = line.substring(0, REASON_WIDTH) + "...";
        }
        return line.isEmpty() ? "" : ": " + line;
    }

    private static int width(List<String[]> rows, int column) {
        return rows.stream().mapToInt(row -> row[column].length()).max().orElse(0);
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
