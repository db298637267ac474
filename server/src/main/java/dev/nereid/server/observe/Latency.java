package dev.nereid.server.observe;

/** The durations that summaries show. */
public enum Latency {
    REQUEST(
            "nv_inference_request_summary_us",
            "Summary of inference request duration in microseconds (includes cached requests)"),
    QUEUE(
            "nv_inference_queue_summary_us",
            "Summary of inference queuing duration in microseconds (includes cached requests)"),
    COMPUTE_INPUT(
            "nv_inference_compute_input_summary_us",
            "Cumulative compute input duration in microseconds (does not include cached requests)"),
    COMPUTE_INFER(
            "nv_inference_compute_infer_summary_us",
            "Cumulative compute inference duration in microseconds (does not include cached requests)"),
    COMPUTE_OUTPUT(
            "nv_inference_compute_output_summary_us",
            "Cumulative inference compute output duration in microseconds (does not include cached requests)"),
    CACHE_HIT("nv_cache_hit_summary_per_model", "Summary of cache hit duration per model, in microseconds"),
    CACHE_MISS(
            "nv_cache_miss_summary_per_model",
            "Summary of cache miss (insert+lookup) duration per model, in microseconds");

    private final String summaryName;
    private final String summaryHelp;

    Latency(String summaryName, String summaryHelp) {
        this.summaryName = summaryName;
        this.summaryHelp = summaryHelp;
    }

    /** The name of the family of summaries. */
    String summaryName() {
        return summaryName;
    }

    String summaryHelp() {
        return summaryHelp;
    }

    /** Whether a model has it. With a cache, what a request takes is no one thing any more. */
    boolean isOf(boolean cachedModel) {
        return switch (this) {
            case REQUEST -> !cachedModel;
            case CACHE_HIT, CACHE_MISS -> cachedModel;
            case QUEUE, COMPUTE_INPUT, COMPUTE_INFER, COMPUTE_OUTPUT -> true;
        };
    }
}
