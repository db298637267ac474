package dev.nereid.server.protocol;

import io.grpc.Context;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What is noted of a client's call while it is served, for the access log. Of a call that asks several models, such as a
 * stream, the first one is named, and times are sums. Empty texts stand for what is not known. Any thread.
 */
public final class CallRecord {
    /** Carried to other threads by gRPC's contexts, over HTTP as well. */
    private static final Context.Key<CallRecord> CURRENT = Context.key("call");

    private static final int TRACE_ID_START = 3;
    private static final int TRACE_ID_END = 35;

    private final String protocol;
    private final Instant start = Instant.now();
    private final long startNanos = System.nanoTime();
    private String client = "";
    private String principal = "";
    private String method = "";
    private String path = "";
    private String model = "";
    private String version = "";
    private String requestId = "";
    private String traceId = "";
    private int requests;
    private long batchSize;
    private long queueNanos;
    private long computeNanos;

    /**
     * A call that begins now.
     *
     * @param protocol that it came in
     */
    public CallRecord(String protocol) {
        this.protocol = Objects.requireNonNull(protocol, "protocol");
    }

    /** Of the call that this thread serves; empty where calls are not noted. */
    public static Optional<CallRecord> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /** A context in which the call is served. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    /** Says where the client is. */
    public synchronized void from(SocketAddress address) {
        client = address instanceof InetSocketAddress internet && internet.getAddress() != null
                ? text(internet.getAddress()) + ":" + internet.getPort()
                : "unix";
    }

    private static String text(InetAddress address) {
        String text = address.getHostAddress();
        return address instanceof Inet6Address ? "[" + text + "]" : text;
    }

    /** Says who makes the call. */
    public synchronized void madeBy(String id) {
        principal = id;
    }

    /**
     * Says what is called.
     *
     * @param newMethod of HTTP; empty over gRPC
     * @param newPath without what the client put into it, as far as that is known
     */
    public synchronized void calls(String newMethod, String newPath) {
        method = newMethod;
        path = newPath;
    }

    /**
     * Says which trace the call is part of.
     *
     * @param traceParent of the form {@code 00-<trace>-<span>-<flags>}; others are ignored
     */
    public synchronized void tracedBy(String traceParent) {
        if (traceParent.length() > TRACE_ID_END
                && traceParent.charAt(TRACE_ID_START - 1) == '-'
                && traceParent.charAt(TRACE_ID_END) == '-') {
            traceId = traceParent.substring(TRACE_ID_START, TRACE_ID_END);
        }
    }

    /** Says which model is asked for, if any; the first one counts. */
    public synchronized void asksFor(String name, String number) {
        if (model.isEmpty()) {
            model = name;
            version = number;
        }
    }

    /** A request to a version of a model. */
    synchronized void asks(InferRequest request, String name, long number) {
        requests++;
        if (requests == 1) {
            model = name;
            version = Long.toString(number);
            requestId = request.header().id();
        }
    }

    /** One of the requests has been executed. */
    synchronized void executed(InferRequest.Execution execution) {
        batchSize = Math.max(batchSize, execution.batchSize());
        queueNanos += execution.queueNanos();
        computeNanos += execution.computeNanos();
    }

    public String protocol() {
        return protocol;
    }

    /** When the call began. */
    public Instant start() {
        return start;
    }

    /** Since the call began. */
    public long elapsedNanos() {
        return System.nanoTime() - startNanos;
    }

    /** {@code address:port}, {@code [address]:port} of IPv6, or {@code unix}. */
    public synchronized String client() {
        return client;
    }

    public synchronized String principal() {
        return principal;
    }

    public synchronized String method() {
        return method;
    }

    public synchronized String path() {
        return path;
    }

    public synchronized String model() {
        return model;
    }

    public synchronized String version() {
        return version;
    }

    public synchronized String requestId() {
        return requestId;
    }

    public synchronized String traceId() {
        return traceId;
    }

    /** How many requests models were given. */
    public synchronized int requests() {
        return requests;
    }

    /** Of the largest batch that a request was in; 0 where none was executed. */
    public synchronized long batchSize() {
        return batchSize;
    }

    public synchronized long queueNanos() {
        return queueNanos;
    }

    public synchronized long computeNanos() {
        return computeNanos;
    }
}
