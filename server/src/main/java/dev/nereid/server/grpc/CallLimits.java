package dev.nereid.server.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Refuses calls with too much metadata, and calls beyond what all connections together may have at a time. The library limits
 * those of one connection.
 */
final class CallLimits implements ServerInterceptor {
    /** What HTTP/2 adds to the length of a name and a value when it limits the size of headers. */
    private static final int HEADER_OVERHEAD = 32;

    private final GrpcLimits limits;
    private final AtomicInteger calls = new AtomicInteger();

    CallLimits(GrpcLimits limits) {
        this.limits = limits;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        long bytes = size(headers);
        if (bytes > GrpcLimits.MOST_METADATA_BYTES) {
            return refused(
                    call,
                    "metadata of " + bytes + " bytes exceed the maximum allowed size of "
                            + GrpcLimits.MOST_METADATA_BYTES + " bytes");
        }
        if (calls.incrementAndGet() > limits.mostCalls()) {
            calls.decrementAndGet();
            return refused(
                    call,
                    "the server has " + limits.mostCalls()
                            + " calls of all connections, the most it may have at a time");
        }
        return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
            @Override
            public void onComplete() {
                ended();
                super.onComplete();
            }

            @Override
            public void onCancel() {
                ended();
                super.onCancel();
            }

            // The library calls one of the two methods above, once.
            private void ended() {
                calls.decrementAndGet();
            }
        };
    }

    private static <Q, A> ServerCall.Listener<Q> refused(ServerCall<Q, A> call, String why) {
        call.close(Status.RESOURCE_EXHAUSTED.withDescription(why), new Metadata());
        return new ServerCall.Listener<>() {};
    }

    /** The size of metadata as HTTP/2 counts it. */
    private static long size(Metadata metadata) {
        long bytes = 0;
        for (byte[] text : InternalMetadata.serialize(metadata)) {
            bytes += text.length + HEADER_OVERHEAD / 2;
        }
        return bytes;
    }
}
