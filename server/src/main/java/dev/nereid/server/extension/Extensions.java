package dev.nereid.server.extension;

import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.sharedmemory.SharedMemory;
import java.util.Objects;

/** What the fronts of a server share beside its models. */
public record Extensions(SharedMemory sharedMemory, LogSettings log, TraceSettings trace) {
    public Extensions {
        Objects.requireNonNull(sharedMemory, "sharedMemory");
        Objects.requireNonNull(log, "log");
        Objects.requireNonNull(trace, "trace");
    }

    /** A server without shared memory, whose log settings change nothing and that traces nothing. */
    public static Extensions none() {
        return new Extensions(
                SharedMemory.of(false),
                new LogSettings(LogConfig.DEFAULT, _ -> {}),
                new TraceSettings(TraceConfig.NONE));
    }
}
