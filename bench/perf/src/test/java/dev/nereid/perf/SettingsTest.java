package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The lines that scripts look for. */
class SettingsTest {
    @Test
    void windowsAndLimitsAreNamedAsPerfAnalyzerDoes() {
        PerfOptions options = new PerfOptions();
        options.concurrency = "1:4";
        options.latencyLimit = 20;
        assertThat(Settings.text(options, false)).isEqualTo("""
                        *** Measurement Settings ***
                          Batch size: 1
                          Service Kind: TRITON
                          Using "time_windows" mode for stabilization
                          Stabilizing using average latency and throughput
                          Measurement window: 5000 msec
                          Latency limit: 20 msec
                          Concurrency limit: 4 concurrent requests
                          Using synchronous calls for inference

                        """);
    }

    @Test
    void oneLevelAloneHasNoLimits() {
        PerfOptions options = new PerfOptions();
        options.concurrency = "4";
        assertThat(Settings.text(options, false)).doesNotContain("limit");
        options.concurrency = "4:4";
        assertThat(Settings.text(options, false))
                .contains("  Latency limit: 0 msec\n  Concurrency limit: 4 concurrent requests\n");
        options.concurrency = "";
        options.rate = "100";
        assertThat(Settings.text(options, false)).doesNotContain("limit").contains("Using uniform distribution");
    }

    @Test
    void batchOfOtherServersIsNamedWhereItIsGiven() {
        PerfOptions options = new PerfOptions();
        options.kind = "tfserving";
        assertThat(Settings.text(options, false)).doesNotContain("Batch size");
        options.batch(1);
        assertThat(Settings.text(options, false)).contains("  Batch size: 1\n  Service Kind: TFSERVING\n");
    }

    @Test
    void ratesCountsAndPercentilesHaveLinesOfTheirOwn() {
        PerfOptions options = new PerfOptions();
        options.rate = "10:20.5:5";
        options.distribution = "poisson";
        options.mode = "count_windows";
        options.percentile = 95;
        options.async = true;
        options.warmup = 1;
        options.binarySearch = true;
        assertThat(Settings.text(options, true)).isEqualTo("""
                        *** Measurement Settings ***
                          Batch size: 1
                          Service Kind: TRITON
                          Sending 1 warmup request
                          Using "count_windows" mode for stabilization
                          Stabilizing using p95throughput
                          Minimum number of samples in each window: 50
                          Latency limit: 0 msec
                          Request Rate limit: 20.5 requests per seconds
                          Using poisson distribution on request generation
                          Using Binary Search algorithm
                          Using asynchronous calls for inference
                          Detected decoupled model, using the last response for measuring latency

                        """);
        options.requestCount = 7;
        assertThat(Settings.text(options, false)).contains("  Sending 7 benchmark requests\n  Latency limit");
    }
}
