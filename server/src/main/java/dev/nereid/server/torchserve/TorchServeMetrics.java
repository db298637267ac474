package dev.nereid.server.torchserve;

import dev.nereid.server.observe.MachineLoad;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What the metrics page tells, under TorchServe's names. Any thread. */
public final class TorchServeMetrics {
    private static final String COUNTER = "counter";
    private static final String GAUGE = "gauge";
    private static final String MILLIS = "Milliseconds";
    private static final String PERCENT = "Percent";
    private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final double NANOS_PER_MICRO = TimeUnit.MICROSECONDS.toNanos(1);
    private static final double MEBI = 1 << 20;
    private static final double GIBI = 1 << 30;

    private final RegisteredModels models;
    private final TorchServeConfig config;
    private final MachineLoad load = new MachineLoad();
    private final String host = host();
    /** By the first digit of the status. */
    private final Map<Integer, LongAdder> requests = Map.of(2, new LongAdder(), 4, new LongAdder(), 5, new LongAdder());

    public TorchServeMetrics(RegisteredModels models, TorchServeConfig config) {
        this.models = models;
        this.config = config;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** Counts an answer by its HTTP status. */
    public void count(int status) {
        LongAdder counter = requests.get(status / 100);
        if (counter != null) {
            counter.increment();
        }
    }

    private double answers(int digit) {
        LongAdder counter = requests.get(digit);
        return counter == null ? 0 : (double) counter.sum();
    }

    /** The series of one page, by their names. */
    private final class Page {
        private final Map<String, StringBuilder> series = new LinkedHashMap<>();
        private final Set<String> wanted;

        Page(Set<String> wanted) {
            this.wanted = wanted;
        }

        void add(String type, String name, String unit, String labels, double value) {
            if (!wanted.isEmpty() && !wanted.contains(name)) {
                return;
            }
            series.computeIfAbsent(
                            name,
                            _ -> new StringBuilder("# HELP " + name + " Torchserve prometheus " + type
                                    + " metric with unit: " + unit + "\n# TYPE " + name + " " + type + "\n"))
                    .append(name)
                    .append('{')
                    .append(labels)
                    .append("} ")
                    .append(value)
                    .append('\n');
        }

        void addHost(String name, String unit, double value) {
            add(GAUGE, name, unit, hostLabels(), value);
        }
    }

    private String hostLabels() {
        return "Level=\"Host\",Hostname=\"" + host + "\",";
    }

    /**
     * The page; empty unless {@code metrics_mode} is prometheus.
     *
     * @param names of the series that are wanted; empty for all
     */
    public String text(Set<String> names) {
        if (!config.metrics().prometheus()) {
            return "";
        }
        Page page = new Page(names);
        for (int digit : new int[] {2, 4, 5}) {
            page.add(COUNTER, "Requests" + digit + "XX", "Count", hostLabels(), answers(digit));
        }
        List<RegisteredVersion> versions = models.all();
        addCounters(page, versions);
        versions.forEach(version -> addGauges(page, version));
        if (config.metrics().machine()) {
            addMachine(page);
        }
        return String.join("", page.series.values());
    }

    /** Requests that named no version are counted under {@code default}, whichever version that was. */
    private void addCounters(Page page, List<RegisteredVersion> versions) {
        Map<String, double[]> sums = new LinkedHashMap<>();
        for (RegisteredVersion version : versions) {
            for (boolean named : new boolean[] {false, true}) {
                RequestCounts counts = version.counts(named);
                if (counts.requests() > 0) {
                    String labels = "model_name=\"" + version.name() + "\",model_version=\""
                            + (named ? version.version() : "default") + "\",hostname=\"" + host + "\",";
                    double[] sum = sums.computeIfAbsent(labels, _ -> new double[3]);
                    sum[0] += counts.requests();
                    sum[1] += counts.latencyNanos() / NANOS_PER_MICRO;
                    sum[2] += counts.queueNanos() / NANOS_PER_MICRO;
                }
            }
        }
        sums.forEach((labels, sum) -> {
            page.add(COUNTER, "ts_inference_requests_total", "Count", labels, sum[0]);
            page.add(COUNTER, "ts_inference_latency_microseconds", "Microseconds", labels, sum[1]);
            page.add(COUNTER, "ts_queue_latency_microseconds", "Microseconds", labels, sum[2]);
        });
    }

    private void addGauges(Page page, RegisteredVersion version) {
        for (boolean named : new boolean[] {false, true}) {
            RequestCounts counts = version.counts(named);
            if (counts.requests() > 0) {
                RequestCounts.Times last = counts.last();
                String labels = "ModelName=\"" + version.name() + "\",Level=\"Model\",Hostname=\"" + host + "\",";
                if (!named || version.counts(false).requests() == 0) {
                    page.add(GAUGE, "QueueTime", MILLIS, labels, last.queue() / NANOS_PER_MILLI);
                    page.add(
                            GAUGE,
                            "WorkerThreadTime",
                            MILLIS,
                            labels,
                            (last.total() - last.compute()) / NANOS_PER_MILLI);
                    page.add(GAUGE, "HandlerTime", MILLIS, labels, (last.total() - last.queue()) / NANOS_PER_MILLI);
                    page.add(GAUGE, "PredictionTime", MILLIS, labels, last.compute() / NANOS_PER_MILLI);
                }
            }
        }
        try {
            double loadMillis = version.model().loadTime().toNanos() / NANOS_PER_MILLI;
            version.workers()
                    .forEach(worker -> page.add(
                            GAUGE,
                            "WorkerLoadTime",
                            MILLIS,
                            "WorkerName=\"W-" + worker.id() + "-" + version.name() + "_" + version.version() + "\","
                                    + hostLabels(),
                            loadMillis));
        } catch (TorchServeException | InferException e) {
            // It has no workers.
        }
    }

    private void addMachine(Page page) {
        double total = load.totalMemoryBytes();
        double used = load.usedMemoryBytes();
        page.addHost("CPUUtilization", PERCENT, 100 * load.cpuUtilization());
        page.addHost("MemoryUsed", "Megabytes", used / MEBI);
        page.addHost("MemoryAvailable", "Megabytes", (total - used) / MEBI);
        page.addHost("MemoryUtilization", PERCENT, total > 0 ? 100 * used / total : 0);
        try {
            FileStore disk = Files.getFileStore(config.home());
            double size = disk.getTotalSpace();
            double free = disk.getUsableSpace();
            page.addHost("DiskUsage", "Gigabytes", (size - free) / GIBI);
            page.addHost("DiskUtilization", PERCENT, size > 0 ? 100 * (size - free) / size : 0);
            page.addHost("DiskAvailable", "Gigabytes", free / GIBI);
        } catch (IOException e) {
            // There are no disks to tell of.
        }
    }
}
