package dev.nereid.perf.metrics;

import java.util.Map;

/** What a line of the metrics text names: a metric and its labels. */
record Series(String name, Map<String, String> labels) {
    Series {
        labels = Map.copyOf(labels);
    }
}
