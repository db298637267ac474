package dev.nereid.server.grpc;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Set;

/**
 * What one call holds of the budget of requests: the bytes of a message while they arrive, which the library gathers before
 * anybody sees them, what is made of it, and answers until the client takes them. A call that does not fit ends with
 * RESOURCE_EXHAUSTED. Bytes arrive on the connection's thread; any thread answers.
 */
public final class CallMemory extends ServerStreamTracer {
    private static final Context.Key<CallMemory> CURRENT = Context.key("memory");

    /**
     * What an arriving byte is counted as: one in the connection's buffers, and one in the array that it is copied to. The buffers
     * hold frames of several calls and are free when the last of these is, which is why both count from the beginning.
     */
    private static final int COPIES_OF_REQUESTS = 2;

    /** What a byte of a message may become on the heap: a field of two bytes that nobody knows is kept as an object. */
    private static final int MOST_FACTOR = 16;

    /** Of an answer there are a message and the buffers that it is written to. */
    private static final int COPIES_OF_ANSWERS = 2;

    private final RequestBudget.Share share;
    private final int factor;
    private long requestBytes;
    private long sentBytes;
    private boolean refused;
    private Runnable refusal = () -> {};
    private Status status = Status.OK;

    private CallMemory(RequestBudget budget, int factor) {
        this.share = budget.open();
        this.factor = factor;
    }

    /**
     * Counts what arrives for each call.
     *
     * @param countedApart full names of the methods whose messages a {@link ZeroCopyMarshaller} reads, which knows what becomes of
     *     them; the library parses those of others
     */
    static ServerStreamTracer.Factory counting(RequestBudget budget, Set<String> countedApart) {
        return new ServerStreamTracer.Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return new CallMemory(budget, countedApart.contains(method) ? COPIES_OF_REQUESTS : MOST_FACTOR);
            }
        };
    }

    /** Of a call that nobody counts. */
    static CallMemory unlimited() {
        return new CallMemory(RequestBudget.unlimited(), 1);
    }

    /** Of the call that this thread serves. */
    public static CallMemory current() {
        CallMemory memory = CURRENT.get();
        return memory == null ? unlimited() : memory;
    }

    /** Ends calls whose messages do not fit. */
    static ServerInterceptor refusing() {
        return new ServerInterceptor() {
            @Override
            public <Q, A> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
                return current().watch(call, headers, next);
            }
        };
    }

    private <Q, A> ServerCall.Listener<Q> watch(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        CountedCall<Q, A> counted = new CountedCall<>(call, this);
        ServerCall.Listener<Q> listener = next.startCall(counted, headers);
        boolean isRefused;
        synchronized (this) {
            refusal = () -> {
                counted.refuse(status);
                listener.onCancel();
            };
            isRefused = refused;
        }
        if (isRefused) {
            refusal.run();
        }
        return new SimpleForwardingServerCallListener<>(listener) {
            @Override
            public void onReady() {
                answersTaken();
                super.onReady();
            }
        };
    }

    @Override
    public Context filterContext(Context context) {
        return context.withValue(CURRENT, this);
    }

    /** The next message begins. */
    @Override
    public void inboundMessage(int number) {
        if (factor == MOST_FACTOR) {
            requestRead(0);
        }
    }

    @Override
    public void inboundWireSize(long bytes) {
        Runnable end;
        synchronized (this) {
            if (refused) {
                return;
            }
            try {
                takeForRequest(factor * bytes);
                return;
            } catch (InferException e) {
                refused = true;
                status = Status.RESOURCE_EXHAUSTED.withDescription(e.text());
                share.keep(0);
                end = refusal;
            }
        }
        end.run();
    }

    @Override
    public void streamClosed(Status ignored) {
        share.close();
    }

    /**
     * Takes memory for the message that is read.
     *
     * @throws InferException if it does not fit
     */
    public synchronized void takeForRequest(long bytes) {
        share.take(bytes);
        requestBytes += bytes;
    }

    /** The message has left the connection's buffers. */
    synchronized void arrived(long bytes) {
        long buffers = Math.min((factor - 1) * bytes, requestBytes);
        share.giveBack(buffers);
        requestBytes -= buffers;
    }

    /**
     * The message has been read: nothing of it is needed any more but what is said here.
     *
     * @param bytes what the request needs until it is answered
     * @return what it holds of that, for {@link #giveBack}
     */
    public synchronized long requestRead(long bytes) {
        long kept = Math.min(bytes, requestBytes);
        share.giveBack(requestBytes - kept);
        requestBytes = 0;
        return kept;
    }

    /** Gives back what a request kept. */
    public synchronized void giveBack(long bytes) {
        share.giveBack(bytes);
    }

    /**
     * Takes memory for an answer, until the client has taken it.
     *
     * @throws InferException if it does not fit
     */
    public void takeForAnswer(long bytes) {
        share.take(COPIES_OF_ANSWERS * bytes);
    }

    private synchronized void sent(long bytes) {
        sentBytes += COPIES_OF_ANSWERS * bytes;
    }

    private synchronized void answersTaken() {
        share.giveBack(sentBytes);
        sentBytes = 0;
    }

    /** Says nothing more once it has been refused, whoever still answers. */
    private static final class CountedCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final CallMemory memory;
        private boolean closed;

        private CountedCall(ServerCall<Q, A> call, CallMemory memory) {
            super(call);
            this.memory = memory;
        }

        private synchronized void refuse(Status status) {
            if (!closed) {
                closed = true;
                delegate().close(status, new Metadata());
            }
        }

        @Override
        public synchronized void sendHeaders(Metadata headers) {
            if (!closed) {
                super.sendHeaders(headers);
            }
        }

        @Override
        public synchronized void sendMessage(A message) {
            if (closed) {
                return;
            }
            super.sendMessage(message);
            memory.sent(ResponseWriter.heldBytes(message));
            if (isReady()) {
                memory.answersTaken();
            }
        }

        @Override
        public synchronized void close(Status status, Metadata trailers) {
            if (!closed) {
                closed = true;
                super.close(status, trailers);
            }
        }
    }
}
