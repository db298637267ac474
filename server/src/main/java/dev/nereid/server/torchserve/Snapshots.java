package dev.nereid.server.torchserve;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes which models are registered, with how many workers, to {@code logs/config}: files that can be given to the start as {@code
 * --ts-config}. Any thread.
 */
final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMddHHmmssSSS");
    private static final String MODELS = "model_snapshot";
    private static final String SUFFIX = ".cfg";
    private static final String SHUTDOWN = "-shutdown";
    private static final int MOST_FILES = 100;

    private final TorchServeConfig config;

    Snapshots(TorchServeConfig config) {
        this.config = config;
    }

    /** Writes a file, where the configuration wants it, and deletes the oldest of many. A failure is logged. */
    synchronized void write(List<RegisteredVersion> versions, Predicate<RegisteredVersion> isDefault) {
        if (!config.snapshots()) {
            return;
        }
        Path folder = folder(config.home());
        String name = LocalDateTime.now(ZoneId.systemDefault()).format(TIME) + "-snapshot" + SUFFIX;
        try {
            Files.createDirectories(folder);
            Path part = folder.resolve("." + name);
            Files.writeString(part, text(name, versions, isDefault));
            Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            List<Path> all = files(folder);
            for (Path old : all.subList(0, Math.max(0, all.size() - MOST_FILES))) {
                Files.deleteIfExists(old);
            }
        } catch (IOException e) {
            LOG.warn("the snapshot of the registered models cannot be written to {}: {}", folder, e.toString());
        }
    }

    private static Path folder(Path home) {
        return home.resolve("logs").resolve("config");
    }

    /**
     * The newest snapshot; empty where there is none.
     *
     * @throws IOException if the folder cannot be read
     */
    static Optional<Path> newest(Path home) throws IOException {
        List<Path> all = files(folder(home));
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /** The snapshots in a folder, the newest last; those that TorchServe wrote when it was stopped are among them. */
    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith("snapshot" + SUFFIX)
                            || file.toString().endsWith(SHUTDOWN + SUFFIX))
                    .filter(file -> !String.valueOf(file.getFileName()).startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    private String text(String name, List<RegisteredVersion> versions, Predicate<RegisteredVersion> isDefault) {
        Map<String, Map<String, Object>> models = new TreeMap<>();
        for (RegisteredVersion version : versions) {
            models.computeIfAbsent(version.name(), _ -> new TreeMap<>())
                    .put(
                            version.version(),
                            GsonText.object(
                                    "defaultVersion",
                                    isDefault.test(version),
                                    "marName",
                                    version.url(),
                                    "minWorkers",
                                    version.minWorkers(),
                                    "maxWorkers",
                                    version.maxWorkers(),
                                    "batchSize",
                                    version.settings().batchSize(),
                                    "maxBatchDelay",
                                    version.settings().maxBatchDelayMillis(),
                                    "responseTimeout",
                                    version.settings().responseTimeoutSeconds(),
                                    "startupTimeout",
                                    version.settings().startupTimeoutSeconds()));
        }
        String json = new String(
                        GsonText.of(GsonText.object("name", name, "modelCount", versions.size(), "models", models)),
                        StandardCharsets.UTF_8)
                .strip();
        List<String> lines = new ArrayList<>();
        lines.add("# written by the server; torchserve --start --ts-config THIS-FILE restores the models");
        new TreeMap<>(config.properties()).forEach((key, value) -> {
            if (!key.equals(MODELS)) {
                lines.add(key + "=" + escaped(value));
            }
        });
        lines.add(MODELS + "=" + escaped(json));
        return String.join("\n", lines) + "\n";
    }

    /** A value as properties have it: a line break goes on behind a backslash, and is not part of the value. */
    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\\n");
    }
}
