package dev.nereid.server.torchserve;

import dev.nereid.server.torchserve.archive.FrontEndConfig;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Model versions as TorchServe describes them. */
final class Descriptions {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final OpenSequences.Limits NO_SEQUENCES =
            new OpenSequences.Limits(0, 0, Duration.ZERO, Duration.ZERO);

    private Descriptions() {}

    static Map<String, Object> of(RegisteredVersion version) {
        RegisteredVersion.Settings settings = version.settings();
        FrontEndConfig config = version.archive().config();
        OpenSequences.Limits sequences = settings.sequences().orElse(NO_SEQUENCES);
        Map<String, Object> description = GsonText.object(
                "modelName", version.name(),
                "modelVersion", version.version(),
                "modelUrl", version.url(),
                "runtime", runtime(version),
                "minWorkers", version.minWorkers(),
                "maxWorkers", version.maxWorkers(),
                "batchSize", settings.batchSize(),
                "maxBatchDelay", settings.maxBatchDelayMillis(),
                "responseTimeout", settings.responseTimeoutSeconds(),
                "startupTimeout", settings.startupTimeoutSeconds(),
                "maxRetryTimeoutInSec", settings.maxRetryTimeoutSeconds(),
                "clientTimeoutInMills", settings.clientTimeoutMillis(),
                "parallelType", config.text("parallelType").orElse(""),
                "parallelLevel", config.number("parallelLevel").orElse(0),
                "deviceType", config.text("deviceType").orElse("cpu"));
        if (!config.deviceIds().isEmpty()) {
            description.put("deviceIds", config.deviceIds());
        }
        description.putAll(GsonText.object(
                "continuousBatching", config.flag("continuousBatching"),
                "useJobTicket", config.flag("useJobTicket"),
                "useVenv", config.flag("useVenv"),
                "stateful", settings.sequences().isPresent(),
                "sequenceMaxIdleMSec", sequences.idle().toMillis(),
                "sequenceTimeoutMSec", sequences.lifetime().toMillis(),
                "maxNumSequence", sequences.most(),
                "maxSequenceJobQueueSize", sequences.mostWaiting(),
                "loadedAtStartup", version.isOfStartup(),
                "workers", workers(version),
                "jobQueueStatus",
                        GsonText.object(
                                "remainingCapacity", Math.max(0, settings.jobQueueSize() - version.waiting()),
                                "pendingRequests", version.waiting())));
        return description;
    }

    private static String runtime(RegisteredVersion version) {
        String runtime = version.archive().manifest().runtime();
        return runtime.isEmpty() ? "python" : runtime;
    }

    private static List<Object> workers(RegisteredVersion version) {
        List<Object> workers = new ArrayList<>();
        for (RegisteredVersion.Worker worker : version.workers()) {
            workers.add(GsonText.object(
                    "id",
                    Integer.toString(worker.id()),
                    "startTime",
                    TIME.format(worker.start()),
                    "status",
                    worker.ready() ? "READY" : "LOADING",
                    "memoryUsage",
                    0,
                    "pid",
                    ProcessHandle.current().pid(),
                    "gpu",
                    false,
                    "gpuUsage",
                    "N/A"));
        }
        return workers;
    }
}
