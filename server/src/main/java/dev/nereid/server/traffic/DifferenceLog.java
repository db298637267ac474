package dev.nereid.server.traffic;

import dev.nereid.server.protocol.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes samples of the differences between versions, at most one a second: to a file, a line of JSON each, until the file
 * has its size; without a file to the log. Any thread.
 */
public final class DifferenceLog {
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long MOST_BYTES = 64L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(DifferenceLog.class);

    private final Optional<Path> file;
    private long next = Long.MIN_VALUE;

    /** @param file empty for the log */
    public DifferenceLog(Optional<Path> file) {
        this.file = file;
    }

    synchronized void write(
            String model, String version, long shadow, String id, OutputComparison.Difference difference) {
        long now = System.nanoTime();
        if (next != Long.MIN_VALUE && now - next < 0) {
            return;
        }
        next = now + PAUSE_NANOS;
        if (file.isEmpty()) {
            LOG.info(
                    "model '{}': versions {} and {} differ in output '{}' at {}: {} and {}",
                    model,
                    version,
                    shadow,
                    difference.output(),
                    difference.index(),
                    difference.expected(),
                    difference.actual());
            return;
        }
        JsonWriter json = new JsonWriter().beginObject();
        json.name("time").value(Instant.now().toString());
        json.name("model").value(model);
        json.name("version").value(version);
        json.name("shadow").value(shadow);
        json.name("id").value(id);
        json.name("output").value(difference.output());
        json.name("index").value(difference.index());
        json.name("expected").value(difference.expected());
        json.name("actual").value(difference.actual());
        json.endObject();
        append(file.get(), json.toBytes());
    }

    private static void append(Path file, byte[] line) {
        try {
            if (Files.exists(file) && Files.size(file) + line.length >= MOST_BYTES) {
                return;
            }
            byte[] whole = Arrays.copyOf(line, line.length + 1);
            whole[line.length] = '\n';
            Files.write(file, whole, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.error("cannot write the differences between versions to {}: {}", file, e.toString());
        }
    }
}
