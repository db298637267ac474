package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.device.DeviceMetrics;
import dev.nereid.server.observe.ModelStatistics.ComputeTimes;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.statement.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricsTextTest {
    private static final LatencyConfig ALL = LatencyConfig.DEFAULT
            .with("summary_latencies", "true")
            .with("histogram_latencies", "true")
            .with("summary_quantiles", "0.5:0.05,0.99:0.001");

    private final AtomicLong nanos = new AtomicLong();

    private ModelStatistics statistics(boolean decoupled, boolean cached, LatencyConfig latencies) {
        return new ModelStatistics(
                new StatisticsOptions(decoupled, decoupled, cached, latencies, List.of()), nanos::get);
    }

    private static String text(LatencyConfig latencies, ModelStatistics statistics) {
        return new MetricsText()
                .models(
                        List.of(new ModelMetrics(
                                "", "m", "1", Optional.empty(), Map.of(), statistics.snapshot(), 0, 0.25, List.of())),
                        latencies)
                .toString();
    }

    @Test
    @Statement(152)
    void writesTritonsFamilies() {
        ModelStatistics statistics = statistics(false, false, LatencyConfig.DEFAULT);
        for (int i = 0; i < 2; i++) {
            statistics.recordSuccess(3, 9_000, 1_000, new ComputeTimes(2_000, 5_000, 1_000));
        }
        statistics.recordExecution(6, new ComputeTimes(2_000, 5_000, 1_000), 1);
        statistics.recordFailure(FailureReason.REJECTED, 4_000);
        statistics.enterQueue();
        assertThat(text(LatencyConfig.DEFAULT, statistics)).isEqualTo("""
                # HELP nv_inference_request_success Number of successful inference requests, all batch sizes
                # TYPE nv_inference_request_success counter
                nv_inference_request_success{model="m",version="1"} 2
                # HELP nv_inference_request_failure Number of failed inference requests, all batch sizes
                # TYPE nv_inference_request_failure counter
                nv_inference_request_failure{model="m",reason="REJECTED",version="1"} 1
                nv_inference_request_failure{model="m",reason="CANCELED",version="1"} 0
                nv_inference_request_failure{model="m",reason="BACKEND",version="1"} 0
                nv_inference_request_failure{model="m",reason="OTHER",version="1"} 0
                # HELP nv_inference_count Number of inferences performed (does not include cached requests)
                # TYPE nv_inference_count counter
                nv_inference_count{model="m",version="1"} 6
                # HELP nv_inference_exec_count Number of model executions performed (does not include cached requests)
                # TYPE nv_inference_exec_count counter
                nv_inference_exec_count{model="m",version="1"} 1
                # HELP nv_inference_request_duration_us Cumulative inference request duration in microseconds (includes cached requests)
                # TYPE nv_inference_request_duration_us counter
                nv_inference_request_duration_us{model="m",version="1"} 18
                # HELP nv_inference_queue_duration_us Cumulative inference queuing duration in microseconds (includes cached requests)
                # TYPE nv_inference_queue_duration_us counter
                nv_inference_queue_duration_us{model="m",version="1"} 2
                # HELP nv_inference_compute_input_duration_us Cumulative compute input duration in microseconds (does not include cached requests)
                # TYPE nv_inference_compute_input_duration_us counter
                nv_inference_compute_input_duration_us{model="m",version="1"} 4
                # HELP nv_inference_compute_infer_duration_us Cumulative compute inference duration in microseconds (does not include cached requests)
                # TYPE nv_inference_compute_infer_duration_us counter
                nv_inference_compute_infer_duration_us{model="m",version="1"} 10
                # HELP nv_inference_compute_output_duration_us Cumulative inference compute output duration in microseconds (does not include cached requests)
                # TYPE nv_inference_compute_output_duration_us counter
                nv_inference_compute_output_duration_us{model="m",version="1"} 2
                # HELP nv_inference_pending_request_count Instantaneous number of pending requests awaiting execution per-model.
                # TYPE nv_inference_pending_request_count gauge
                nv_inference_pending_request_count{model="m",version="1"} 1
                # HELP nv_model_load_duration_secs Model load time in seconds
                # TYPE nv_model_load_duration_secs gauge
                nv_model_load_duration_secs{model="m",version="1"} 0.25
                """);
    }

    @Test
    @Statement(153)
    void writesSummariesAndTheHistogramOfFirstResponsesWhereAskedTo() {
        ModelStatistics statistics = statistics(true, false, ALL);
        for (int i = 1; i <= 100; i++) {
            statistics.recordSuccess(1, i * 1_000L, 1_000, new ComputeTimes(2_000, 5_000, 1_000));
        }
        statistics.recordFirstResponse(TimeUnit.MILLISECONDS.toNanos(100) + 999_999); // whole milliseconds count
        statistics.recordFirstResponse(TimeUnit.MILLISECONDS.toNanos(600));
        statistics.recordFirstResponse(TimeUnit.MILLISECONDS.toNanos(9_000));
        String text = text(ALL, statistics);
        assertThat(text).contains("""
                # HELP nv_inference_first_response_histogram_ms Duration from request to first response in milliseconds
                # TYPE nv_inference_first_response_histogram_ms histogram
                nv_inference_first_response_histogram_ms_count{model="m",version="1"} 3
                nv_inference_first_response_histogram_ms_sum{model="m",version="1"} 9700
                nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="100"} 1
                nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="500"} 1
                nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="2000"} 2
                nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="5000"} 2
                nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="+Inf"} 3
                # HELP nv_inference_request_summary_us Summary of inference request duration in microseconds (includes cached requests)
                # TYPE nv_inference_request_summary_us summary
                nv_inference_request_summary_us_count{model="m",version="1"} 100
                nv_inference_request_summary_us_sum{model="m",version="1"} 5050
                nv_inference_request_summary_us{model="m",version="1",quantile="0.5"} 50
                nv_inference_request_summary_us{model="m",version="1",quantile="0.99"} 99
                """);
        assertThat(text)
                .contains("nv_inference_queue_summary_us{model=\"m\",version=\"1\",quantile=\"0.5\"} 1\n")
                .contains("nv_inference_compute_input_summary_us{model=\"m\",version=\"1\",quantile=\"0.5\"} 2\n")
                .contains("nv_inference_compute_infer_summary_us{model=\"m\",version=\"1\",quantile=\"0.5\"} 5\n")
                .contains("nv_inference_compute_output_summary_us{model=\"m\",version=\"1\",quantile=\"0.5\"} 1\n");
    }

    @Test
    @Statement({143, 153})
    void writesTheCachesFamiliesOnlyOfModelsThatUseIt() {
        ModelStatistics cached = statistics(false, true, ALL);
        cached.recordCacheHit(9_000, 1_000, 7_000);
        cached.recordCacheMiss(5_000, 2_000);
        ModelStatistics other = statistics(false, false, ALL);
        String text = new MetricsText()
                .models(
                        List.of(
                                new ModelMetrics(
                                        "",
                                        "c",
                                        "1",
                                        Optional.empty(),
                                        Map.of(),
                                        cached.snapshot(),
                                        0,
                                        0.25,
                                        List.of()),
                                new ModelMetrics(
                                        "",
                                        "o",
                                        "1",
                                        Optional.empty(),
                                        Map.of(),
                                        other.snapshot(),
                                        0,
                                        0.25,
                                        List.of())),
                        ALL)
                .toString();
        assertThat(text).contains("""
                # HELP nv_cache_num_hits_per_model Number of cache hits per model
                # TYPE nv_cache_num_hits_per_model counter
                nv_cache_num_hits_per_model{model="c",version="1"} 1
                # HELP nv_cache_hit_duration_per_model Total cache hit duration per model, in microseconds
                # TYPE nv_cache_hit_duration_per_model counter
                nv_cache_hit_duration_per_model{model="c",version="1"} 7
                # HELP nv_cache_num_misses_per_model Number of cache misses per model
                # TYPE nv_cache_num_misses_per_model counter
                nv_cache_num_misses_per_model{model="c",version="1"} 1
                # HELP nv_cache_miss_duration_per_model Total cache miss (insert+lookup) duration per model, in microseconds
                # TYPE nv_cache_miss_duration_per_model counter
                nv_cache_miss_duration_per_model{model="c",version="1"} 5
                # HELP nv_inference_pending_request_count""");
        assertThat(text)
                .contains("nv_cache_hit_summary_per_model_sum{model=\"c\",version=\"1\"} 7\n")
                .contains("nv_cache_miss_summary_per_model_sum{model=\"c\",version=\"1\"} 5\n")
                .contains("nv_inference_request_summary_us_count{model=\"o\",version=\"1\"} 0\n")
                .doesNotContain("nv_inference_request_summary_us_count{model=\"c\"")
                .doesNotContain("nv_cache_num_hits_per_model{model=\"o\"")
                .doesNotContain("nv_cache_hit_summary_per_model_count{model=\"o\"");
    }

    @Test
    @Statement(143)
    void writesTheGaugesOfTheCache() {
        assertThat(new MetricsText()
                        .cache(new CacheSnapshot(1000, 250, 3, 7, 5, 2, 12_500, 9_999))
                        .toString())
                .contains("nv_cache_util 0.25\n")
                .contains("nv_cache_num_entries 3\n")
                .contains("nv_cache_num_hits 7\n")
                .contains("nv_cache_num_misses 5\n")
                .contains("nv_cache_num_lookups 12\n")
                .contains("nv_cache_num_evictions 2\n")
                .contains("nv_cache_lookup_duration 12\n")
                .contains("nv_cache_insertion_duration 9\n");
    }

    @Test
    void countsDurationsByTheirBounds() {
        ModelStatistics statistics = new ModelStatistics();
        statistics.recordSuccess(1, 9_000_000, 90_000, new ComputeTimes(100_000, 300_000, 100_000));
        statistics.recordSuccess(1, 20_000_000_000L, 100_001, new ComputeTimes(0, 501_000, 0));
        statistics.recordCacheHit(50_000, 10_000, 20_000);
        String text = new MetricsText()
                .scheduling(List.of(new ModelMetrics(
                        "", "m", "1", Optional.empty(), Map.of(), statistics.snapshot(), 0, 0, List.of())))
                .toString();
        assertThat(text)
                .contains("nereid_request_duration_us_count{model=\"m\",version=\"1\"} 3\n")
                .contains("nereid_request_duration_us_sum{model=\"m\",version=\"1\"} 20009050\n")
                .contains("nereid_request_duration_us_bucket{model=\"m\",version=\"1\",le=\"100\"} 1\n")
                .contains("nereid_request_duration_us_bucket{model=\"m\",version=\"1\",le=\"5000\"} 1\n")
                .contains("nereid_request_duration_us_bucket{model=\"m\",version=\"1\",le=\"10000\"} 2\n")
                .contains("nereid_request_duration_us_bucket{model=\"m\",version=\"1\",le=\"+Inf\"} 3\n")
                .contains("nereid_queue_duration_us_bucket{model=\"m\",version=\"1\",le=\"100\"} 2\n")
                .contains("nereid_queue_duration_us_bucket{model=\"m\",version=\"1\",le=\"250\"} 3\n")
                .contains("nereid_compute_duration_us_count{model=\"m\",version=\"1\"} 2\n")
                .contains("nereid_compute_duration_us_bucket{model=\"m\",version=\"1\",le=\"500\"} 1\n")
                .contains("nereid_compute_duration_us_bucket{model=\"m\",version=\"1\",le=\"1000\"} 2\n");
    }

    @Test
    @Statement(153)
    void leavesOutTheDurationCountersWhereAskedTo() {
        LatencyConfig config = LatencyConfig.DEFAULT.with("counter_latencies", "false");
        assertThat(text(config, statistics(false, false, config)))
                .doesNotContain("_duration_us")
                .contains("nv_model_load_duration_secs")
                .contains("nv_inference_count");
        assertThat(text(config, statistics(false, true, config)))
                .as("those of the cache are among them")
                .doesNotContain("nv_cache_");
    }

    @Test
    @Statement(153)
    void leavesOutTheRequestSummaryOfAModelThatIsCached() {
        assertThat(text(ALL, statistics(false, true, ALL)))
                .contains("nv_inference_queue_summary_us_count{")
                .as("not even its name, which Triton's test looks for")
                .doesNotContain("nv_inference_request_summary");
    }

    @Test
    void withoutModelsThereAreNoFamiliesOfModels() {
        assertThat(new MetricsText()
                        .models(List.of(), ALL)
                        .scheduling(List.of())
                        .backends(List.of())
                        .toString())
                .isEmpty();
    }

    @Test
    @Statement(153)
    void showsTheHistogramOfFirstResponsesOfModelsThatAnswerOnceToo() {
        ModelStatistics statistics = statistics(false, false, ALL);
        assertThat(statistics.timesFirstResponses()).isTrue();
        assertThat(text(ALL, statistics)).contains("nv_inference_first_response_histogram_ms_count{");
        assertThat(statistics(true, false, LatencyConfig.DEFAULT).timesFirstResponses())
                .isFalse();
    }

    @Test
    void showsWhatBackendsCount() {
        List<ModelMetrics> models = List.of(counting("a", 7), counting("b", 0));
        assertThat(new MetricsText().backends(models).toString()).isEqualTo("""
                # HELP own_counter What it counts
                # TYPE own_counter counter
                own_counter{model="a",version="1"} 7
                own_counter{model="b",version="1"} 0
                """);
    }

    private ModelMetrics counting(String name, long value) {
        return new ModelMetrics(
                "",
                name,
                "1",
                Optional.empty(),
                Map.of(),
                statistics(false, false, LatencyConfig.DEFAULT).snapshot(),
                0,
                0,
                List.of(new ModelMetrics.Own("own_counter", "What it counts", value)));
    }

    @Test
    @Statement(153)
    void takesBucketsOfTheModelsOwn() {
        ModelStatistics statistics =
                new ModelStatistics(new StatisticsOptions(true, true, false, ALL, List.of(2.5, 1.0)), nanos::get);
        statistics.recordFirstResponse(2_499_999);
        assertThat(text(ALL, statistics)).contains("""
                nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="1"} 0
                nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="2.5"} 1
                nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="+Inf"} 1
                """);
    }

    @Test
    void forgetsLatenciesOfMoreThanAMinuteAgo() {
        ModelStatistics statistics = statistics(false, false, ALL);
        statistics.recordSuccess(1, 80_000, 0, new ComputeTimes(0, 0, 0));
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(30));
        statistics.recordSuccess(1, 40_000, 0, new ComputeTimes(0, 0, 0));
        String line = "nv_inference_request_summary_us{model=\"m\",version=\"1\",quantile=\"0.99\"} ";
        assertThat(text(ALL, statistics)).contains(line + "80\n");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(42));
        assertThat(text(ALL, statistics)).contains(line + "40\n").contains("_us_count{model=\"m\",version=\"1\"} 2\n");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(300));
        assertThat(text(ALL, statistics)).contains(line + "Nan\n");
    }

    /** What a rank beyond those that there are shows, as in Triton's library. */
    @Test
    void quantilesBeyondZeroAndOneAreTheLeastAndTheGreatestValue() {
        LatencyConfig config = ALL.with("summary_quantiles", "-1:0.1,1.5:0.1");
        ModelStatistics statistics = statistics(false, false, config);
        for (long micros = 1; micros <= 3; micros++) {
            statistics.recordSuccess(1, micros * 1_000, 0, new ComputeTimes(0, 0, 0));
        }
        String line = "nv_inference_request_summary_us{model=\"m\",version=\"1\",quantile=";
        assertThat(text(config, statistics)).contains(line + "\"-1\"} 1\n").contains(line + "\"1.5\"} 3\n");
    }

    @Test
    void writesTritonsFamiliesOfGpus() {
        DeviceMetrics full = new DeviceMetrics(
                0,
                "GPU-1",
                Optional.of(0.25),
                Optional.of(16L << 30),
                Optional.of(1L << 30),
                Optional.of(71.5),
                Optional.of(300.0),
                Optional.of(12.5));
        DeviceMetrics lame = new DeviceMetrics(
                1,
                "GPU-2",
                Optional.of(0.0),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        assertThat(new MetricsText().gpus(List.of(full, lame)).toString()).isEqualTo("""
                # HELP nv_gpu_utilization GPU utilization rate [0.0 - 1.0)
                # TYPE nv_gpu_utilization gauge
                nv_gpu_utilization{gpu_uuid="GPU-1"} 0.25
                nv_gpu_utilization{gpu_uuid="GPU-2"} 0
                # HELP nv_gpu_memory_total_bytes GPU total memory, in bytes
                # TYPE nv_gpu_memory_total_bytes gauge
                nv_gpu_memory_total_bytes{gpu_uuid="GPU-1"} 17179869184
                # HELP nv_gpu_memory_used_bytes GPU used memory, in bytes
                # TYPE nv_gpu_memory_used_bytes gauge
                nv_gpu_memory_used_bytes{gpu_uuid="GPU-1"} 1073741824
                # HELP nv_gpu_power_usage GPU power usage in watts
                # TYPE nv_gpu_power_usage gauge
                nv_gpu_power_usage{gpu_uuid="GPU-1"} 71.5
                # HELP nv_gpu_power_limit GPU power management limit in watts
                # TYPE nv_gpu_power_limit gauge
                nv_gpu_power_limit{gpu_uuid="GPU-1"} 300
                # HELP nv_energy_consumption GPU energy consumption in joules since the Triton Server started
                # TYPE nv_energy_consumption counter
                nv_energy_consumption{gpu_uuid="GPU-1"} 12.5
                """);
        assertThat(new MetricsText().gpus(List.of()).toString()).isEmpty();
    }

    /** As the recorded Triton writes them; its clients' expressions know no other form. */
    @ParameterizedTest
    @CsvSource({
        "0.000345, 0.000345",
        "0.0005000000000000001, 0.0005000000000000001",
        "0.1, 0.1",
        "12345678.5, 12345678.5",
        "1.983642578125e-5, 1.983642578125e-05",
        "1e300, 1e+300",
        "1.25e-100, 1.25e-100",
        "-0.25, -0.25",
        "9007199254740993, 9007199254740992",
        "NaN, Nan",
        "-Infinity, -Inf",
        "Infinity, +Inf"
    })
    void writesNumbersAsTriton(double value, String text) {
        assertThat(new MetricsText().gauge("g", "h", value).toString()).endsWith("\ng " + text + "\n");
    }
}
