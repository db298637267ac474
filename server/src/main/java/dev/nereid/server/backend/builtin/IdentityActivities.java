package dev.nereid.server.backend.builtin;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.RequestTrace;

/**
 * What Triton's identity backend reports to the trace of a request, to show how backends do: a span, a moment, and spans in
 * one another of which some have the moment too.
 *
 * @param enabled whether anything is reported
 * @param nested how many spans lie in one another
 * @param frequency every so many of them has the moment
 */
record IdentityActivities(boolean enabled, long nested, long frequency) {
    private static final String MOMENT = "CUSTOM_SINGLE_ACTIVITY";

    /** As the parameters of the config say. */
    static IdentityActivities of(ModelConfig config) {
        String enabled = config.containsParameters("enable_custom_tracing")
                ? config.getParametersOrThrow("enable_custom_tracing").getStringValue()
                : "";
        return new IdentityActivities(
                enabled.equals("true"),
                Math.min(ConfigParameters.number(config, "nested_span_count"), 1000),
                Math.max(ConfigParameters.number(config, "single_activity_frequency"), 1));
    }

    void report(RequestTrace trace) {
        if (!enabled) {
            return;
        }
        trace.activity("CUSTOM_ACTIVITY_START", System.nanoTime());
        trace.activity("CUSTOM_ACTIVITY_END", System.nanoTime());
        trace.activity(MOMENT, System.nanoTime());
        for (long i = 0; i < nested; i++) {
            trace.activity("CUSTOM_ACTIVITY" + i + "_START", System.nanoTime());
            if (i % frequency == 0) {
                trace.activity(MOMENT, System.nanoTime());
            }
        }
        for (long i = nested - 1; i >= 0; i--) {
            trace.activity("CUSTOM_ACTIVITY" + i + "_END", System.nanoTime());
        }
    }
}
