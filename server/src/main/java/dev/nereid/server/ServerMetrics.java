package dev.nereid.server;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.device.DeviceMetrics;
import dev.nereid.models.device.PinnedMemoryBudget;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.server.cache.ResponseCache;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.observe.LatencyConfig;
import dev.nereid.server.observe.MachineLoad;
import dev.nereid.server.observe.MetricsText;
import dev.nereid.server.observe.ModelMetrics;
import dev.nereid.server.observe.Utilization;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What a scrape of the metrics shows: the models that are ready, the machine, our memory. Any thread. */
final class ServerMetrics implements Supplier<String> {
    private static final double NANOS_PER_SECOND = 1e9;

    private final ModelRepository repository;
    private final Optional<ResponseCache> cache;
    private final LatencyConfig latencies;
    private final boolean machine;
    private final Supplier<List<DeviceMetrics>> gpus;
    private final Optional<PinnedMemoryBudget> pinned;
    private final LongSupplier coreNanos;
    private final Extensions extensions;
    private final Utilization utilization;
    private final MachineLoad load = new MachineLoad();

    /**
     * Metrics of a server.
     *
     * @param cache the server's response cache, if it has one
     * @param machine whether the machine's processors and memory are shown
     * @param gpus what the GPUs measured last
     * @param pinned what may be pinned for them; empty where there are none
     * @param cores that compute
     * @param coreNanos for how long executions have held them
     * @param extensions of the fronts
     */
    ServerMetrics(
            ModelRepository repository,
            Optional<ResponseCache> cache,
            LatencyConfig latencies,
            boolean machine,
            Supplier<List<DeviceMetrics>> gpus,
            Optional<PinnedMemoryBudget> pinned,
            int cores,
            LongSupplier coreNanos,
            Extensions extensions) {
        this.extensions = extensions;
        this.coreNanos = coreNanos;
        this.utilization = new Utilization(System::nanoTime, cores);
        this.repository = repository;
        this.cache = cache;
        this.latencies = latencies;
        this.machine = machine;
        this.gpus = gpus;
        this.pinned = pinned;
    }

    @Override
    public String get() {
        List<DeviceMetrics> readings = gpus.get();
        List<ModelMetrics> models = new ArrayList<>();
        Map<String, Utilization.Load> loads = new HashMap<>(); // of all, whoever asks
        for (Model model : repository.readyModels()) {
            ModelMetrics metrics = of(model, readings);
            loads.put(metrics.key(), metrics.load());
            if (repository.isVisible(model)) {
                models.add(metrics);
            }
        }
        Utilization.Reading reading = utilization.read(loads, coreNanos.getAsLong());
        MetricsText text = new MetricsText().models(models, latencies);
        // Without a GPU there is no such memory, which Triton says in the same way.
        text.gauge("nv_pinned_memory_pool_total_bytes", "Pinned memory pool total memory size, in bytes", (double)
                        pinned.map(PinnedMemoryBudget::totalBytes).orElse(0L))
                .gauge("nv_pinned_memory_pool_used_bytes", "Pinned memory pool used memory size, in bytes", (double)
                        pinned.map(PinnedMemoryBudget::usedBytes).orElse(0L));
        text.gpus(readings);
        if (machine) {
            text.gauge("nv_cpu_utilization", "CPU utilization rate [0.0 - 1.0]", load.cpuUtilization())
                    .gauge("nv_cpu_memory_total_bytes", "CPU total memory (RAM), in bytes", (double)
                            load.totalMemoryBytes())
                    .gauge("nv_cpu_memory_used_bytes", "CPU used memory (RAM), in bytes", (double)
                            load.usedMemoryBytes());
        }
        cache.flatMap(ResponseCache::metrics).ifPresent(text::cache);
        text.backends(models)
                .scheduling(models)
                .utilization(
                        models,
                        key -> Objects.requireNonNullElse(reading.models().get(key), 0.0));
        TrafficFamilies.write(text, repository.allTraffic());
        TlsFamilies.write(text, extensions.tls());
        if (!extensions.accessLog().isOff()) {
            text.counter(
                    "nereid_access_log_dropped_total",
                    "Number of calls that are not in the access log, since lines could not be written as fast",
                    (double) extensions.accessLog().dropped());
        }
        return text.gauge(
                        "nereid_server_utilization",
                        "How full the server is: its fullest model or its cores; above 1 requests come faster than they are "
                                + "served",
                        reading.server())
                .gauge(
                        "nereid_native_memory_bytes",
                        "Native memory held for weights, frames and requests, in bytes",
                        (double) NativeMemory.liveBytes())
                .toString();
    }

    /** The UUID of the GPU that all instances are on; empty where there are several, others, or one that is not watched. */
    private static Optional<String> gpu(ModelConfig config, List<DeviceMetrics> readings) {
        List<Integer> gpus = config.getInstanceGroupList().stream()
                .flatMap(group -> group.getGpusList().stream())
                .distinct()
                .toList();
        boolean onGpus = config.getInstanceGroupList().stream()
                .allMatch(group -> group.getKind() == ModelInstanceGroup.Kind.KIND_GPU);
        return onGpus && gpus.size() == 1
                ? readings.stream()
                        .filter(reading -> reading.device() == gpus.getFirst())
                        .map(DeviceMetrics::uuid)
                        .findFirst()
                : Optional.empty();
    }

    private static ModelMetrics of(Model model, List<DeviceMetrics> readings) {
        return new ModelMetrics(
                model.id().namespace(),
                model.name(),
                Long.toString(model.version()),
                gpu(model.config(), readings),
                model.config().getMetricTagsMap(),
                model.statistics().snapshot(),
                TimeUnit.MICROSECONDS.toNanos(
                        model.config().getDynamicBatching().getMaxQueueDelayMicroseconds()),
                model.loadTime().toNanos() / NANOS_PER_SECOND,
                model.counters().stream()
                        .map(counter -> new ModelMetrics.Own(counter.name(), counter.help(), counter.value()))
                        .toList());
    }
}
