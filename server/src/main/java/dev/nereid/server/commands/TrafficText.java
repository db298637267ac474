package dev.nereid.server.commands;

import dev.nereid.server.protocol.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A report about traffic for people: a table of the versions, then how they compare. */
final class TrafficText {
    private static final double MICROS_PER_MILLI = 1e3;
    private static final double PERCENT = 100;

    private static final List<String> HEADINGS =
            List.of("version", "labels", "share", "requests", "errors", "error rate %", "p50 ms", "p99 ms");

    private TrafficText() {}

    static List<String> lines(JsonValue report) {
        List<String> lines = new ArrayList<>();
        String source = switch (report.member("source").asString()) {
            case "model" -> "its own traffic document";
            case "client" -> "a document that a client has set";
            default -> "no traffic document";
        };
        lines.add("Model '" + report.member("model").asString() + "': " + source);
        report.find("problem")
                .ifPresent(problem -> lines.add("The newest document is not in force: " + problem.asString()));
        report.find("rollback").ifPresent(rollback -> lines.add(rollback(rollback)));
        lines.add("");
        List<JsonValue> versions = elements(report, "versions");
        if (versions.isEmpty()) {
            lines.add("No requests were counted yet.");
        } else {
            lines.addAll(table(report, versions));
            lines.add("In brackets: 95 % confidence intervals; '-' where so few requests give no bound.");
        }
        for (JsonValue comparison : elements(report, "comparisons")) {
            lines.addAll(comparison(comparison));
        }
        for (JsonValue shadow : elements(report, "shadows")) {
            lines.add("");
            lines.add(shadow(shadow));
        }
        return lines;
    }

    private static String rollback(JsonValue rollback) {
        long version = rollback.member("version").asLong();
        return rollback.member("tripped").asBool()
                ? "Rollback: version " + version + " has lost its traffic to version "
                        + rollback.member("to").asLong() + " at "
                        + rollback.member("time").asString() + ": "
                        + rollback.member("reason").asString()
                : "Version " + version + " is watched, and has its traffic.";
    }

    private static List<String> table(JsonValue report, List<JsonValue> versions) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADINGS);
        for (JsonValue version : versions) {
            long number = version.member("version").asLong();
            List<String> labels = new ArrayList<>();
            elements(version, "labels").forEach(label -> labels.add(label.asString()));
            rows.add(List.of(
                    Long.toString(number),
                    String.join(",", labels),
                    share(report, number),
                    Long.toString(version.member("requests").asLong()),
                    Long.toString(version.member("errors").asLong()),
                    estimate(version.find("error_rate"), 1 / PERCENT),
                    estimate(version.find("p50_us"), MICROS_PER_MILLI),
                    estimate(version.find("p99_us"), MICROS_PER_MILLI)));
        }
        int[] widths = new int[HEADINGS.size()];
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private static String share(JsonValue report, long version) {
        return elements(report, "split").stream()
                .filter(part -> part.member("version").asLong() == version)
                .map(part -> number(part.member("share").asDouble() * PERCENT) + " %")
                .findFirst()
                .orElse("");
    }

    private static List<String> comparison(JsonValue comparison) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("Version " + comparison.member("version").asLong() + " beside version "
                + comparison.member("baseline").asLong() + ":");
        comparison
                .find("error_rate_difference")
                .ifPresent(value -> lines.add("  error rate  "
                        + estimate(Optional.of(value), 1 / PERCENT)
                        + " percentage points more: " + verdict(value, 0, "fewer errors", "more errors")));
        comparison
                .find("p50_ratio")
                .ifPresent(value -> lines.add("  p50         " + estimate(Optional.of(value), 1) + " times: "
                        + verdict(value, 1, "faster", "slower")));
        comparison
                .find("p99_ratio")
                .ifPresent(value -> lines.add("  p99         " + estimate(Optional.of(value), 1) + " times: "
                        + verdict(value, 1, "faster", "slower")));
        return lines;
    }

    /** What an interval says: less or more only where it does not hold the value of no difference. */
    private static String verdict(JsonValue estimate, double same, String less, String more) {
        Optional<Double> low = estimate.find("low").map(JsonValue::asDouble);
        Optional<Double> high = estimate.find("high").map(JsonValue::asDouble);
        if (low.filter(bound -> bound > same).isPresent()) {
            return more;
        }
        return high.filter(bound -> bound < same).isPresent() ? less : "no difference that these requests show";
    }

    private static String shadow(JsonValue shadow) {
        long matches = shadow.member("matches").asLong();
        long differences = shadow.member("differences").asLong();
        return "Shadow version " + shadow.member("version").asLong() + ": " + (matches + differences) + " compared, "
                + differences + " differ"
                + shadow.find("disagreement")
                        .map(value -> ": " + estimate(Optional.of(value), 1 / PERCENT) + " %")
                        .orElse("")
                + "; " + shadow.member("errors").asLong() + " failed, "
                + shadow.member("dropped").asLong() + " dropped";
    }

    /** The value with its interval, in units. */
    private static String estimate(Optional<JsonValue> estimate, double unit) {
        return estimate.map(value -> number(value.member("value").asDouble() / unit) + " ("
                        + bound(value.find("low"), unit) + " to " + bound(value.find("high"), unit) + ")")
                .orElse("-");
    }

    private static String bound(Optional<JsonValue> bound, double unit) {
        return bound.map(value -> number(value.asDouble() / unit)).orElse("-");
    }

    /** Three digits that say something. */
    private static String number(double value) {
        double size = Math.abs(value);
        return String.format(
                Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
    }

    private static List<JsonValue> elements(JsonValue object, String name) {
        List<JsonValue> elements = new ArrayList<>();
        JsonValue.Elements each = object.member(name).elements();
        while (each.next()) {
            elements.add(each.value());
        }
        return elements;
    }
}
