package dev.nereid.server.observe;

import dev.nereid.models.device.DeviceMetrics;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Writes metrics in the Prometheus text format, with Triton's names, help texts and order for what Triton has. A family
 * that no model has is left out, as there. Made anew for every scrape.
 */
public final class MetricsText {
    /** One family with a value for each model. */
    private record Family(String name, String type, String help, ToDoubleFunction<ModelMetrics> value) {}

    /** One family with a value for each GPU that measures it. */
    private record GpuFamily(String name, String type, String help, Function<DeviceMetrics, Optional<Double>> value) {}

    /** One histogram of each model's durations. */
    private record HistogramFamily(
            String name, String help, Function<LatencyStatistics.Snapshot, HistogramCounter.Snapshot> of) {}

    private static final double NANOS_PER_MICRO = 1e3;

    private static final List<Family> COUNTERS = List.of(
            new Family(
                    "nv_inference_count",
                    "counter",
                    "Number of inferences performed (does not include cached requests)",
                    metrics -> metrics.statistics().inferenceCount()),
            new Family(
                    "nv_inference_exec_count",
                    "counter",
                    "Number of model executions performed (does not include cached requests)",
                    metrics -> metrics.statistics().executionCount()));

    private static final List<Family> DURATIONS = List.of(
            new Family(
                    "nv_inference_request_duration_us",
                    "counter",
                    "Cumulative inference request duration in microseconds (includes cached requests)",
                    metrics -> micros(metrics.statistics().success())),
            new Family(
                    "nv_inference_queue_duration_us",
                    "counter",
                    "Cumulative inference queuing duration in microseconds (includes cached requests)",
                    metrics -> micros(metrics.statistics().queue())),
            new Family(
                    "nv_inference_compute_input_duration_us",
                    "counter",
                    "Cumulative compute input duration in microseconds (does not include cached requests)",
                    metrics -> micros(metrics.statistics().compute().input())),
            new Family(
                    "nv_inference_compute_infer_duration_us",
                    "counter",
                    "Cumulative compute inference duration in microseconds (does not include cached requests)",
                    metrics -> micros(metrics.statistics().compute().infer())),
            new Family(
                    "nv_inference_compute_output_duration_us",
                    "counter",
                    "Cumulative inference compute output duration in microseconds (does not include cached requests)",
                    metrics -> micros(metrics.statistics().compute().output())));

    /** Of models that use the cache. */
    private static final List<Family> CACHE = List.of(
            new Family(
                    "nv_cache_num_hits_per_model",
                    "counter",
                    "Number of cache hits per model",
                    metrics -> metrics.statistics().cacheHit().count()),
            new Family(
                    "nv_cache_hit_duration_per_model",
                    "counter",
                    "Total cache hit duration per model, in microseconds",
                    metrics -> micros(metrics.statistics().cacheHit())),
            new Family(
                    "nv_cache_num_misses_per_model",
                    "counter",
                    "Number of cache misses per model",
                    metrics -> metrics.statistics().cacheMiss().count()),
            new Family(
                    "nv_cache_miss_duration_per_model",
                    "counter",
                    "Total cache miss (insert+lookup) duration per model, in microseconds",
                    metrics -> micros(metrics.statistics().cacheMiss())));

    private static final List<Family> GAUGES = List.of(
            new Family(
                    "nv_inference_pending_request_count",
                    "gauge",
                    "Instantaneous number of pending requests awaiting execution per-model.",
                    metrics -> metrics.statistics().pendingCount()),
            new Family(
                    "nv_model_load_duration_secs", "gauge", "Model load time in seconds", ModelMetrics::loadSeconds));

    private static final List<HistogramFamily> HISTOGRAMS = List.of(
            new HistogramFamily(
                    "nereid_request_duration_us",
                    "Time of requests from arrival to answer, in microseconds (includes cached requests)",
                    LatencyStatistics.Snapshot::request),
            new HistogramFamily(
                    "nereid_queue_duration_us",
                    "Time of requests in the queue, in microseconds (includes cached requests)",
                    LatencyStatistics.Snapshot::queue),
            new HistogramFamily(
                    "nereid_compute_duration_us",
                    "Time of the executions that requests were in, in microseconds (does not include cached requests)",
                    LatencyStatistics.Snapshot::compute));

    private static final List<GpuFamily> GPU = List.of(
            new GpuFamily(
                    "nv_gpu_utilization", "gauge", "GPU utilization rate [0.0 - 1.0)", DeviceMetrics::utilization),
            new GpuFamily(
                    "nv_gpu_memory_total_bytes",
                    "gauge",
                    "GPU total memory, in bytes",
                    reading -> reading.memoryBytes().map(Long::doubleValue)),
            new GpuFamily(
                    "nv_gpu_memory_used_bytes",
                    "gauge",
                    "GPU used memory, in bytes",
                    reading -> reading.usedBytes().map(Long::doubleValue)),
            new GpuFamily("nv_gpu_power_usage", "gauge", "GPU power usage in watts", DeviceMetrics::watts),
            new GpuFamily(
                    "nv_gpu_power_limit", "gauge", "GPU power management limit in watts", DeviceMetrics::mostWatts),
            new GpuFamily(
                    "nv_energy_consumption",
                    "counter",
                    "GPU energy consumption in joules since the Triton Server started",
                    DeviceMetrics::joules));

    private final StringBuilder text = new StringBuilder();

    /** The families that have a line for each model. */
    public MetricsText models(List<ModelMetrics> models, LatencyConfig latencies) {
        if (models.isEmpty()) {
            return this;
        }
        head("nv_inference_request_success", "counter", "Number of successful inference requests, all batch sizes");
        models.forEach(metrics -> line("nv_inference_request_success", labels(metrics, Map.of()), (double)
                metrics.statistics().success().count()));
        head("nv_inference_request_failure", "counter", "Number of failed inference requests, all batch sizes");
        for (ModelMetrics metrics : models) {
            for (ModelStatistics.FailureReason reason : ModelStatistics.FailureReason.values()) {
                long count = metrics.statistics().failures().getOrDefault(reason, 0L);
                line("nv_inference_request_failure", labels(metrics, Map.of("reason", reason.name())), (double) count);
            }
        }
        COUNTERS.forEach(family -> family(family, models));
        List<ModelMetrics> cached =
                models.stream().filter(metrics -> metrics.statistics().cached()).toList();
        if (latencies.counters()) {
            DURATIONS.forEach(family -> family(family, models));
            if (!cached.isEmpty()) {
                CACHE.forEach(family -> family(family, cached));
            }
        }
        GAUGES.forEach(family -> family(family, models));
        if (latencies.histograms()) {
            firstResponse(models);
        }
        if (latencies.summaries()) {
            for (Latency latency : Latency.values()) {
                summary(latency, models);
            }
        }
        return this;
    }

    /** What backends count of their models. */
    public MetricsText backends(List<ModelMetrics> models) {
        Set<String> names = new LinkedHashSet<>();
        models.forEach(metrics -> metrics.own().forEach(own -> names.add(own.name())));
        for (String name : names) {
            boolean first = true;
            for (ModelMetrics metrics : models) {
                for (ModelMetrics.Own own : metrics.own()) {
                    if (!own.name().equals(name)) {
                        continue;
                    }
                    if (first) {
                        head(name, "counter", own.help());
                        first = false;
                    }
                    line(name, labels(metrics, Map.of()), (double) own.value());
                }
            }
        }
        return this;
    }

    /** How long requests take, and what the schedulers of the models did and why: families of our own. */
    public MetricsText scheduling(List<ModelMetrics> models) {
        if (models.isEmpty()) {
            return this;
        }
        HISTOGRAMS.forEach(family -> {
            head(family.name(), "histogram", family.help());
            models.forEach(metrics -> histogram(
                    family.name(),
                    labels(metrics, Map.of()),
                    family.of().apply(metrics.statistics().latencies())));
        });
        String size = "nereid_batch_size";
        head(size, "histogram", "Sizes of executed batches");
        models.forEach(metrics -> histogram(
                size,
                labels(metrics, Map.of()),
                BatchSizeHistogram.of(metrics.statistics().batches())));
        String closed = "nereid_batch_closed_total";
        head(closed, "counter", "Number of executed batches, by why they were closed");
        for (ModelMetrics metrics : models) {
            for (BatchClose reason : BatchClose.values()) {
                long count = metrics.statistics().scheduling().closes().getOrDefault(reason, 0L);
                line(closed, labels(metrics, Map.of("reason", reason.text())), (double) count);
            }
        }
        String dropped = "nereid_request_dropped_total";
        head(dropped, "counter", "Number of requests that were answered with an error before they ran, by why");
        for (ModelMetrics metrics : models) {
            for (DropReason reason : DropReason.values()) {
                long count = metrics.statistics().scheduling().drops().getOrDefault(reason, 0L);
                line(dropped, labels(metrics, Map.of("reason", reason.text())), (double) count);
            }
        }
        String instances = "nereid_instance_count";
        head(instances, "gauge", "Number of instances that take requests");
        models.forEach(metrics -> line(instances, labels(metrics, Map.of()), (double)
                metrics.statistics().scheduling().instances()));
        return this;
    }

    /** Writes how full each model is. */
    public MetricsText utilization(List<ModelMetrics> models, ToDoubleFunction<String> byKey) {
        String name = "nereid_utilization";
        head(
                name,
                "gauge",
                "How full the model's instances are, over the last ten seconds; above 1 requests come faster than they are "
                        + "served");
        models.forEach(metrics -> line(name, labels(metrics, Map.of()), byKey.applyAsDouble(metrics.key())));
        return this;
    }

    /** The gauges of the response cache, which a server has only if it was told to. */
    public MetricsText cache(CacheSnapshot cache) {
        return gauge("nv_cache_util", "Cache utilization [0.0 - 1.0]", (double) cache.bytes() / cache.capacityBytes())
                .gauge("nv_cache_num_entries", "Number of responses stored in response cache", (double) cache.entries())
                .gauge("nv_cache_num_hits", "Number of cache hits in response cache", (double) cache.hits())
                .gauge("nv_cache_num_misses", "Number of cache misses in response cache", (double) cache.misses())
                .gauge("nv_cache_num_lookups", "Number of cache lookups in response cache", (double)
                        (cache.hits() + cache.misses()))
                .gauge("nv_cache_num_evictions", "Number of cache evictions in response cache", (double)
                        cache.evictions())
                .gauge(
                        "nv_cache_lookup_duration",
                        "Total cache lookup duration (hit and miss), in microseconds",
                        Math.floor(cache.lookupNanos() / NANOS_PER_MICRO))
                .gauge(
                        "nv_cache_insertion_duration",
                        "Total cache insertion duration, in microseconds",
                        Math.floor(cache.insertionNanos() / NANOS_PER_MICRO));
    }

    /** What GPUs measure, a line for each that measures it; nothing where there is none. */
    public MetricsText gpus(List<DeviceMetrics> readings) {
        if (!readings.isEmpty()) {
            GPU.forEach(family -> {
                head(family.name(), family.type(), family.help());
                readings.forEach(reading -> family.value()
                        .apply(reading)
                        .ifPresent(
                                value -> line(family.name(), "{gpu_uuid=\"" + escape(reading.uuid()) + "\"}", value)));
            });
        }
        return this;
    }

    /** A value with the labels that tell it from others of its family. */
    public record Sample(SortedMap<String, String> labels, double value) {}

    /** A histogram with the labels that tell it from others of its family. */
    public record HistogramSample(SortedMap<String, String> labels, HistogramCounter.Snapshot histogram) {}

    /** A family of values; nothing where there are none. */
    public MetricsText samples(String name, String type, String help, List<Sample> samples) {
        if (!samples.isEmpty()) {
            head(name, type, help);
            samples.forEach(sample -> line(name, labels(sample.labels()), sample.value()));
        }
        return this;
    }

    /** A family of histograms; nothing where there are none. */
    public MetricsText histograms(String name, String help, List<HistogramSample> samples) {
        if (!samples.isEmpty()) {
            head(name, "histogram", help);
            samples.forEach(sample -> histogram(name, labels(sample.labels()), sample.histogram()));
        }
        return this;
    }

    /** A gauge of the whole process. */
    public MetricsText gauge(String name, String help, double value) {
        head(name, "gauge", help);
        line(name, "", value);
        return this;
    }

    /** A family with one value, which only grows. */
    public MetricsText counter(String name, String help, double value) {
        head(name, "counter", help);
        line(name, "", value);
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    private void firstResponse(List<ModelMetrics> models) {
        String name = "nv_inference_first_response_histogram_ms";
        head(name, "histogram", "Duration from request to first response in milliseconds");
        for (ModelMetrics metrics : models) {
            String labels = labels(metrics, Map.of());
            metrics.statistics().latencies().firstResponse().ifPresent(histogram -> histogram(name, labels, histogram));
        }
    }

    private void histogram(String name, String labels, HistogramCounter.Snapshot histogram) {
        line(name + "_count", labels, (double) histogram.count());
        line(name + "_sum", labels, histogram.sum());
        histogram
                .buckets()
                .forEach((bound, count) -> line(name + "_bucket", with(labels, "le", bound), (double) count));
    }

    /** A request summary is missing where a model uses the cache; those of the cache are where it does not. */
    private void summary(Latency latency, List<ModelMetrics> models) {
        String name = latency.summaryName();
        boolean first = true;
        for (ModelMetrics metrics : models) {
            LatencyStatistics.Summary summary =
                    metrics.statistics().latencies().summaries().get(latency);
            if (summary == null) {
                continue;
            }
            if (first) {
                head(name, "summary", latency.summaryHelp());
                first = false;
            }
            String labels = labels(metrics, Map.of());
            line(name + "_count", labels, (double) summary.count());
            line(name + "_sum", labels, (double) summary.sum());
            summary.quantiles().forEach((quantile, value) -> line(name, with(labels, "quantile", quantile), value));
        }
    }

    /** Labels with one more behind them. */
    private static String with(String labels, String name, double value) {
        return labels.substring(0, labels.length() - 1) + "," + name + "=\"" + MetricNumber.text(value) + "\"}";
    }

    private void family(Family family, List<ModelMetrics> models) {
        head(family.name(), family.type(), family.help());
        models.forEach(metrics ->
                line(family.name(), labels(metrics, Map.of()), family.value().applyAsDouble(metrics)));
    }

    private void head(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void line(String name, String labels, double value) {
        text.append(name)
                .append(labels)
                .append(' ')
                .append(MetricNumber.text(value))
                .append('\n');
    }

    private static String labels(ModelMetrics metrics, Map<String, String> more) {
        SortedMap<String, String> labels = new TreeMap<>(more);
        if (!metrics.namespace().isEmpty()) {
            labels.put("namespace", metrics.namespace());
        }
        labels.put("model", metrics.model());
        labels.put("version", metrics.version());
        metrics.gpu().ifPresent(uuid -> labels.put("gpu_uuid", uuid));
        metrics.tags().forEach((key, value) -> labels.put("_" + key, value));
        return labels(labels);
    }

    private static String labels(SortedMap<String, String> labels) {
        StringBuilder text = new StringBuilder("{");
        labels.forEach((key, value) -> text.append(text.length() > 1 ? "," : "")
                .append(key)
                .append("=\"")
                .append(escape(value))
                .append('"'));
        return text.append('}').toString();
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static double micros(StatisticsSnapshot.Duration duration) {
        return Math.floor(duration.nanos() / NANOS_PER_MICRO);
    }
}
