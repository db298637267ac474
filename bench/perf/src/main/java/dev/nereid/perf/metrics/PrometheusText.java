package dev.nereid.perf.metrics;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads the text format of Prometheus, version 0.0.4: gauges and counters; histograms and summaries are left out. Lines that
 * are no samples are passed over, as the format demands of readers.
 */
final class PrometheusText {
    /**
     * One poll.
     *
     * @param counters names of those metrics that only grow
     */
    record Poll(Map<Series, Double> values, Set<String> counters) {}

    private PrometheusText() {}

    static Poll read(String text) {
        Map<Series, Double> values = new LinkedHashMap<>();
        Map<String, String> types = new HashMap<>();
        for (String line : text.split("\n", -1)) {
            String[] words = line.strip().split("\\s+", 4);
            if (line.startsWith("# TYPE") && words.length == 4) {
                types.put(words[2], words[3]);
            } else if (!line.startsWith("#") && !line.isBlank()) {
                sample(line.strip(), values);
            }
        }
        values.keySet().removeIf(series -> !isSimple(series.name(), types));
        Set<String> counters = new HashSet<>();
        types.forEach((name, type) -> {
            if (type.equals("counter")) {
                counters.add(name);
            }
        });
        return new Poll(values, counters);
    }

    private static boolean isSimple(String name, Map<String, String> types) {
        String type = types.getOrDefault(name, "");
        return type.equals("gauge") || type.equals("counter") || type.equals("untyped");
    }

    private static void sample(String line, Map<Series, Double> values) {
        int brace = line.indexOf('{');
        int end = brace < 0 ? line.indexOf(' ') : closing(line, brace);
        if (end < 0) {
            return;
        }
        String name = line.substring(0, brace < 0 ? end : brace);
        Map<String, String> labels = brace < 0 ? Map.of() : labels(line.substring(brace + 1, end));
        String[] rest = line.substring(brace < 0 ? end : end + 1).strip().split("\\s+", 2);
        try {
            values.put(new Series(name.strip(), labels), number(rest[0]));
        } catch (NumberFormatException _) {
            // No sample.
        }
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    /** Where the labels end: a brace in a quoted value is none. */
    private static int closing(String line, int from) {
        boolean quoted = false;
        for (int i = from; i < line.length(); i++) {
            switch (line.charAt(i)) {
                case '\\' -> i++;
                case '"' -> quoted = !quoted;
                case '}' -> {
                    if (!quoted) {
                        return i;
                    }
                }
                default -> {}
            }
        }
        return -1;
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new HashMap<>();
        int at = 0;
        while (at < text.length()) {
            int equals = text.indexOf("=\"", at);
            if (equals < 0) {
                break;
            }
            StringBuilder value = new StringBuilder();
            int i = equals + 2;
            for (; i < text.length() && text.charAt(i) != '"'; i++) {
                char c = text.charAt(i);
                if (c == '\\' && i + 1 < text.length()) {
                    c = text.charAt(++i);
                    c = c == 'n' ? '\n' : c;
                }
                value.append(c);
            }
            labels.put(text.substring(at, equals).replace(",", "").strip(), value.toString());
            at = i + 1;
        }
        return labels;
    }
}
