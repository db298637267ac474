package dev.nereid.server.extension;

import dev.nereid.server.access.Authenticator;
import dev.nereid.server.observe.AccessLog;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.sharedmemory.SharedMemory;
import dev.nereid.server.tls.TlsWatch;
import dev.nereid.server.trace.Tracer;
import dev.nereid.server.watch.FileWatch;
import java.util.Objects;

/**
 * What the fronts of a server share beside its models.
 *
 * @param requests bounds what requests in flight hold of the heap
 * @param tls makes the connections of fronts that have TLS
 * @param authenticator tells who makes a call
 * @param accessLog has a line for each call
 */
public record Extensions(
        SharedMemory sharedMemory,
        LogSettings log,
        TraceSettings trace,
        Tracer tracer,
        RequestBudget requests,
        TlsWatch tls,
        Authenticator authenticator,
        AccessLog accessLog) {
    public Extensions {
        Objects.requireNonNull(sharedMemory, "sharedMemory");
        Objects.requireNonNull(log, "log");
        Objects.requireNonNull(trace, "trace");
        Objects.requireNonNull(tracer, "tracer");
        Objects.requireNonNull(requests, "requests");
        Objects.requireNonNull(tls, "tls");
        Objects.requireNonNull(authenticator, "authenticator");
        Objects.requireNonNull(accessLog, "accessLog");
    }

    /** Those of a server that writes no traces, whatever the settings. */
    public Extensions(SharedMemory sharedMemory, LogSettings log, TraceSettings trace) {
        this(
                sharedMemory,
                log,
                trace,
                Tracer.none(),
                RequestBudget.ofProcess(),
                new TlsWatch(new FileWatch()),
                Authenticator.none(),
                AccessLog.none());
    }

    /** The same with another bound on what requests hold of the heap. */
    public Extensions withRequests(RequestBudget budget) {
        return new Extensions(sharedMemory, log, trace, tracer, budget, tls, authenticator, accessLog);
    }

    /** A server without shared memory, whose log settings change nothing and that traces nothing. */
    public static Extensions none() {
        return new Extensions(
                SharedMemory.of(false),
                new LogSettings(LogConfig.DEFAULT, _ -> {}),
                new TraceSettings(TraceConfig.NONE));
    }
}
