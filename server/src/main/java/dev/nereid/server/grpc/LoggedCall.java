package dev.nereid.server.grpc;

import dev.nereid.server.observe.AccessLog;
import dev.nereid.server.protocol.CallRecord;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes of one call, and has it logged when it ends, whoever ends it. */
final class LoggedCall extends ServerStreamTracer {
    private static final Metadata.Key<String> TRACE_PARENT = CallMetadata.ascii("traceparent");

    private final AccessLog log;
    private final CallRecord call = new CallRecord("gRPC");
    private final AtomicLong bytesIn = new AtomicLong();
    private final AtomicLong bytesOut = new AtomicLong();

    private LoggedCall(AccessLog log, String method, Metadata headers) {
        this.log = log;
        call.calls("", method);
        String parent = headers.get(TRACE_PARENT);
        if (parent != null) {
            call.tracedBy(parent);
        }
    }

    /** Logs every call. */
    static Factory in(AccessLog log) {
        return new Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return new LoggedCall(log, method, headers);
            }
        };
    }

    @Override
    public Context filterContext(Context context) {
        return call.in(context);
    }

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> info) {
        SocketAddress client = info.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        if (client != null) {
            call.from(client);
        }
    }

    @Override
    public void inboundWireSize(long bytes) {
        bytesIn.addAndGet(bytes);
    }

    @Override
    public void outboundWireSize(long bytes) {
        bytesOut.addAndGet(bytes);
    }

    @Override
    public void streamClosed(Status status) {
        log.write(call, new AccessLog.Outcome(status.getCode().name(), !status.isOk(), bytesIn.get(), bytesOut.get()));
    }
}
