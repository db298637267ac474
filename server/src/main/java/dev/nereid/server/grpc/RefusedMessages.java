package dev.nereid.server.grpc;

import dev.nereid.server.protocol.InferException;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a call whose message cannot be read with the status that says why. The library itself answers UNKNOWN, and logs a
 * stack trace for every message that somebody damages. Large messages are parsed by other threads than the event loop.
 */
final class RefusedMessages {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedMessages.class);

    private RefusedMessages() {}

    /**
     * The service, each of whose calls is answered also where its messages are none.
     *
     * @param parsers parse large messages
     */
    static ServerServiceDefinition answering(ServerServiceDefinition service, Executor parsers) {
        return ServiceMethods.replaced(service, method -> answering(method, parsers));
    }

    /**
     * What is handed on is a request of the method's own type, a {@link Refusal} or an {@link Unparsed} one; the last two go no
     * further than here.
     */
    @SuppressWarnings("unchecked")
    private static <A> ServerMethodDefinition<Object, A> answering(
            ServerMethodDefinition<?, A> method, Executor parsers) {
        MethodDescriptor<Object, A> descriptor = (MethodDescriptor<Object, A>) method.getMethodDescriptor();
        ServerCallHandler<Object, A> handler = (ServerCallHandler<Object, A>) method.getServerCallHandler();
        return ServerMethodDefinition.create(
                descriptor.toBuilder(
                                new NeverThrowing(descriptor.getRequestMarshaller()),
                                descriptor.getResponseMarshaller())
                        .build(),
                (call, headers) -> {
                    RefusableCall<A> refusable = new RefusableCall<>(call);
                    return new Listener(refusable, handler.startCall(refusable, headers), parsers);
                });
    }

    /** Why there is no message. */
    private record Refusal(Status status) {}

    /** A message that is parsed by another thread. */
    private record Unparsed(NeverThrowing marshaller, MessageBytes bytes) {
        Object parse() {
            return marshaller.parsed(bytes);
        }
    }

    private record NeverThrowing(Marshaller<Object> marshaller) implements Marshaller<Object> {
        @Override
        public InputStream stream(Object message) {
            return marshaller.stream(message);
        }

        @Override
        public Object parse(InputStream stream) {
            if (stream instanceof KnownLength && isSmall(stream)) {
                return parsed(stream);
            }
            MessageBytes bytes;
            try {
                bytes = MessageBytes.of(stream); // inflates what is compressed
            } catch (IOException | RuntimeException e) {
                return refusal(e);
            }
            return bytes.available() < LargeMessages.LEAST_BYTES ? parsed(bytes) : new Unparsed(this, bytes);
        }

        private static boolean isSmall(InputStream stream) {
            try {
                return stream.available() < LargeMessages.LEAST_BYTES;
            } catch (IOException e) {
                return false; // reading it will tell
            }
        }

        private Object parsed(InputStream bytes) {
            try {
                return Objects.requireNonNull(marshaller.parse(bytes));
            } catch (RuntimeException e) {
                return refusal(e);
            }
        }

        private static Refusal refusal(Exception error) {
            if (error instanceof InferException full) { // there is no memory for what was compressed
                return new Refusal(Status.RESOURCE_EXHAUSTED.withDescription(full.text()));
            }
            Status status = Status.fromThrowable(error);
            return new Refusal(
                    status.getCode() == Status.Code.UNKNOWN
                            ? Status.INTERNAL.withDescription("the message cannot be read: " + error.getMessage())
                            : status);
        }
    }

    /** A call that says nothing more once it has been refused, whoever still answers. */
    private static final class RefusableCall<A> extends SimpleForwardingServerCall<Object, A> {
        private boolean refused;

        private RefusableCall(ServerCall<Object, A> call) {
            super(call);
        }

        private synchronized void refuse(Status status) {
            refused = true;
            delegate().close(status, new Metadata());
        }

        @Override
        public synchronized void sendHeaders(Metadata headers) {
            if (!refused) {
                super.sendHeaders(headers);
            }
        }

        @Override
        public synchronized void sendMessage(A message) {
            if (!refused) {
                super.sendMessage(message);
            }
        }

        @Override
        public synchronized void close(Status status, Metadata trailers) {
            if (!refused) {
                super.close(status, trailers);
            }
        }
    }

    /**
     * Tells the service of a refusal as of a cancelled call: what runs for it is of no use to anybody. Events that come while
     * another thread parses a message wait for it and are told by that thread, in their order.
     */
    private static final class Listener extends SimpleForwardingServerCallListener<Object> {
        private final RefusableCall<?> call;
        private final Executor parsers;
        /** Guarded by this. */
        private final Queue<Runnable> waiting = new ArrayDeque<>(0);
        /** Whether another thread tells of events. Guarded by this. */
        private boolean isElsewhere;
        /** Only used by who tells of events. */
        private boolean refused;

        private Listener(RefusableCall<?> call, ServerCall.Listener<Object> listener, Executor parsers) {
            super(listener);
            this.call = call;
            this.parsers = parsers;
        }

        @Override
        public void onMessage(Object message) {
            if (message instanceof Unparsed unparsed) {
                tellElsewhere(() -> take(unparsed.parse()));
            } else {
                tell(() -> take(message));
            }
        }

        private void take(Object message) {
            if (refused) {
                return;
            }
            if (message instanceof Refusal refusal) {
                refused = true;
                call.refuse(refusal.status());
                super.onCancel();
                return;
            }
            super.onMessage(message);
        }

        @Override
        public void onHalfClose() {
            tell(unlessRefused(super::onHalfClose));
        }

        @Override
        public void onReady() {
            tell(unlessRefused(super::onReady));
        }

        @Override
        public void onCancel() {
            tell(unlessRefused(super::onCancel));
        }

        @Override
        public void onComplete() {
            tell(unlessRefused(super::onComplete));
        }

        private Runnable unlessRefused(Runnable event) {
            return () -> {
                if (!refused) {
                    event.run();
                }
            };
        }

        /** Tells of an event now, or behind those that wait. */
        private void tell(Runnable event) {
            synchronized (this) {
                if (isElsewhere) {
                    waiting.add(Context.current().wrap(event));
                    return;
                }
            }
            event.run();
        }

        /** Tells of an event on another thread, which goes on with those that come meanwhile. */
        private void tellElsewhere(Runnable event) {
            Runnable inContext = Context.current().wrap(event);
            synchronized (this) {
                waiting.add(inContext);
                if (isElsewhere) {
                    return;
                }
                isElsewhere = true;
            }
            parsers.execute(this::tellWaiting);
        }

        private void tellWaiting() {
            for (Optional<Runnable> next = nextWaiting(); next.isPresent(); next = nextWaiting()) {
                try {
                    next.get().run();
                } catch (RuntimeException | Error e) {
                    LOG.error("a gRPC call failed", e);
                    take(new Refusal(GrpcErrors.asStatus(e).getStatus()));
                }
            }
        }

        private synchronized Optional<Runnable> nextWaiting() {
            isElsewhere = !waiting.isEmpty();
            return Optional.ofNullable(waiting.poll());
        }
    }
}
