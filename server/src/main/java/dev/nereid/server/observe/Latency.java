package dev.nereid.server.observe;

/** The durations that summaries show. */
public enum Latency {
    REQUEST("request", "inference request duration", true),
    QUEUE("queue", "inference queuing duration", true),
    COMPUTE_INPUT("compute_input", "compute input duration", false),
    COMPUTE_INFER("compute_infer", "compute inference duration", false),
    COMPUTE_OUTPUT("compute_output", "inference compute output duration", false);

    private final String part;
    private final String title;
    private final boolean cached;

    Latency(String part, String title, boolean cached) {
        this.part = part;
        this.title = title;
        this.cached = cached;
    }

    /** The name of the family of summaries. */
    String summaryName() {
        return "nv_inference_" + part + "_summary_us";
    }

    String summaryHelp() {
        return "Summary of " + title + " in microseconds (" + (cached ? "includes" : "does not include")
                + " cached requests)";
    }
}
