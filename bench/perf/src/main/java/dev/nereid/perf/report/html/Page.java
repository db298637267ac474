package dev.nereid.perf.report.html;

import java.util.List;

/** The frame of a page, its style, light or dark as the reader's system is, and the parts that pages are made of. */
final class Page {
    /** Colours of lines and parts, named {@code --c0} and so on. */
    static final int COLOURS = 8;

    private static final String STYLE = """
            :root { color-scheme: light dark; --page: #fbfbfa; --card: #ffffff; --ink: #1d2329; --soft: #5c6670;
              --line: #d9dee3; --grid: #e8ebee; --good: #1a7f4b; --bad: #b3261e;
              --c0: #0b62b8; --c1: #d1650a; --c2: #16875f; --c3: #a8398f; --c4: #8a6d00; --c5: #3a9ec9; --c6: #6b4fc4;
              --c7: #6c757d; }
            @media (prefers-color-scheme: dark) { :root { --page: #14181c; --card: #1c2126; --ink: #e6eaee;
              --soft: #9aa5b0; --line: #343c44; --grid: #2a3138; --good: #56c78b; --bad: #ff8a80;
              --c0: #5aa9f5; --c1: #f59b4c; --c2: #4cc79a; --c3: #e07fcb; --c4: #d6b841; --c5: #7fd0ee; --c6: #a48ff0;
              --c7: #a3adb6; } }
            * { box-sizing: border-box; }
            body { margin: 0 auto; max-width: 1240px; padding: 24px 20px 48px; background: var(--page);
              color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
            h1 { font-size: 1.45rem; margin: 0 0 2px; } h2 { font-size: 1rem; margin: 0 0 8px; }
            .about { color: var(--soft); margin: 0 0 20px; }
            .tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 0 0 16px; }
            .tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 16px; }
            .tile b { display: block; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
            .tile span { color: var(--soft); font-size: .85rem; }
            .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 540px), 1fr)); gap: 16px; }
            .card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px;
              min-width: 0; }
            .wide { grid-column: 1 / -1; } .scroll { overflow-x: auto; }
            .note { color: var(--soft); font-size: .85rem; margin: 8px 0 0; }
            svg { display: block; width: 100%; height: auto; }
            svg text { fill: var(--soft); font-size: 12px; } svg text.value { fill: var(--ink); }
            .legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 0 0 6px; font-size: .85rem; }
            .legend i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin-right: 5px; }
            .bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 8px 10px; align-items: center;
              margin: 0 0 12px; font-size: .88rem; font-variant-numeric: tabular-nums; }
            .bar { display: flex; height: 20px; border-radius: 3px; overflow: hidden; background: var(--grid); }
            svg .grid { stroke: var(--grid); } svg .axis { stroke: var(--line); }
            table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .88rem; }
            th, td { padding: 4px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
            th { color: var(--soft); font-weight: 500; } th:first-child, td:first-child { text-align: left; }
            td:first-child { white-space: normal; overflow-wrap: anywhere; }
            .good { color: var(--good); } .bad { color: var(--bad); }
            @media (max-width: 820px) { body { padding: 16px 8px 32px; } .card { padding: 12px 10px; }
              svg text { font-size: 14px; }
              table, tbody, tr, td { display: block; } thead { display: none; }
              tr { padding: 8px 0; border-bottom: 1px solid var(--line); }
              td, td:first-child { display: flex; justify-content: space-between; gap: 16px; padding: 1px 0;
                border: 0; white-space: normal; text-align: right; overflow-wrap: anywhere; }
              td::before { content: attr(data-label); color: var(--soft); text-align: left; white-space: nowrap; }
              td:first-child { font-weight: 600; } }
            """;

    private Page() {}

    /** A whole page. */
    static String of(String title, String about, List<String> parts) {
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escape(title)
                + "</title>\n<style>\n" + STYLE + "</style>\n</head>\n<body>\n<h1>" + escape(title)
                + "</h1>\n<p class=\"about\">" + escape(about) + "</p>\n" + String.join("\n", parts)
                + "\n</body>\n</html>\n";
    }

    /** A framed part with a heading; {@code note} may be empty. */
    static String card(String heading, String content, String note, boolean wide) {
        return "<section class=\"card" + (wide ? " wide" : "") + "\">\n<h2>" + escape(heading) + "</h2>\n" + content
                + (note.isEmpty() ? "" : "\n<p class=\"note\">" + escape(note) + "</p>") + "\n</section>";
    }

    /** Cards beside and below each other. */
    static String cards(List<String> cards) {
        return "<div class=\"cards\">\n" + String.join("\n", cards) + "\n</div>";
    }

    /** Figures that are seen first. */
    static String tiles(List<List<String>> figures) {
        StringBuilder tiles = new StringBuilder("<div class=\"tiles\">\n");
        for (List<String> figure : figures) {
            tiles.append("<div class=\"tile\"><b>")
                    .append(escape(figure.getFirst()))
                    .append("</b><span>")
                    .append(escape(figure.getLast()))
                    .append("</span></div>\n");
        }
        return tiles.append("</div>").toString();
    }

    /** What the colours of a drawing mean, in their order. */
    static String legend(List<String> names) {
        StringBuilder legend = new StringBuilder("<div class=\"legend\">");
        for (int i = 0; i < names.size(); i++) {
            legend.append("<span><i style=\"background:var(--c")
                    .append(i % COLOURS)
                    .append(")\"></i>")
                    .append(escape(names.get(i)))
                    .append("</span>");
        }
        return legend.append("</div>\n").toString();
    }

    /** A table; cells are markup already. On a narrow screen each row is a list of cells with their headings. */
    static String table(List<String> head, List<List<String>> rows) {
        StringBuilder table = new StringBuilder("<div class=\"scroll\"><table>\n<thead><tr>");
        head.forEach(cell -> table.append("<th>").append(escape(cell)).append("</th>"));
        table.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : rows) {
            table.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                table.append("<td data-label=\"")
                        .append(escape(head.get(i)))
                        .append("\">")
                        .append(row.get(i))
                        .append("</td>");
            }
            table.append("</tr>\n");
        }
        return table.append("</tbody></table></div>").toString();
    }

    /** Text as markup shows it. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
