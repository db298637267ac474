package dev.nereid.server.grpc;

import com.google.protobuf.MessageLite;
import dev.nereid.server.protocol.RequestBudget;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Back-pressure on streams: reads no further request while a client leaves responses unread, which would fill the server's
 * memory. Some megabytes are kept, for clients that send much before they look.
 */
final class StreamBackPressure implements ServerInterceptor {
    /** Responses buffered for a client before the next request waits. */
    static final long MOST_BYTES = 64L << 20;

    /** Largest share of the budget of all requests that one stream may use. */
    private static final int SHARE = 8;

    private final long mostBytes;

    StreamBackPressure(RequestBudget budget) {
        this.mostBytes = Math.min(MOST_BYTES, budget.limit() / SHARE);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (call.getMethodDescriptor().getType().clientSendsOneMessage()) {
            return next.startCall(call, headers);
        }
        PacedCall<Q, A> paced = new PacedCall<>(call);
        return new SimpleForwardingServerCallListener<>(next.startCall(paced, headers)) {
            @Override
            public void onReady() {
                paced.resume();
                super.onReady();
            }
        };
    }

    /** Counts the responses since the client was last known to have read all. */
    private final class PacedCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private long unreadBytes;
        private int heldBack;

        private PacedCall(ServerCall<Q, A> call) {
            super(call);
        }

        @Override
        public void sendMessage(A message) {
            if (message instanceof MessageLite answer) {
                synchronized (this) {
                    unreadBytes = (isReady() ? 0 : unreadBytes) + answer.getSerializedSize();
                }
            }
            super.sendMessage(message);
        }

        @Override
        public void request(int count) {
            synchronized (this) {
                if (unreadBytes > mostBytes && !isReady()) {
                    heldBack += count;
                    return;
                }
            }
            super.request(count);
        }

        /** Resumes reading: the client has read nearly all responses. */
        private void resume() {
            int count;
            synchronized (this) {
                unreadBytes = 0;
                count = heldBack;
                heldBack = 0;
            }
            if (count > 0) {
                super.request(count);
            }
        }
    }
}
