package dev.nereid.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.InputStream;
import java.util.Objects;

/**
 * Ends a call whose message cannot be read with the status that says why. The library itself answers UNKNOWN, and logs a
 * stack trace for every message that somebody damages.
 */
final class RefusedMessages {
    private RefusedMessages() {}

    /** The service, each of whose calls is answered also where its messages are none. */
    static ServerServiceDefinition answering(ServerServiceDefinition service) {
        return ServiceMethods.replaced(service, RefusedMessages::answering);
    }

    /** What is handed on is a request of the method's own type, or a {@link Refusal}, which goes no further than here. */
    @SuppressWarnings("unchecked")
    private static <A> ServerMethodDefinition<Object, A> answering(ServerMethodDefinition<?, A> method) {
        MethodDescriptor<Object, A> descriptor = (MethodDescriptor<Object, A>) method.getMethodDescriptor();
        ServerCallHandler<Object, A> handler = (ServerCallHandler<Object, A>) method.getServerCallHandler();
        return ServerMethodDefinition.create(
                descriptor.toBuilder(
                                new NeverThrowing(descriptor.getRequestMarshaller()),
                                descriptor.getResponseMarshaller())
                        .build(),
                (call, headers) -> {
                    RefusableCall<A> refusable = new RefusableCall<>(call);
                    return new Listener(refusable, handler.startCall(refusable, headers));
                });
    }

    /** Why there is no message. */
    private record Refusal(Status status) {}

    private record NeverThrowing(Marshaller<Object> marshaller) implements Marshaller<Object> {
        @Override
        public InputStream stream(Object message) {
            return marshaller.stream(message);
        }

        @Override
        public Object parse(InputStream bytes) {
            try {
                return Objects.requireNonNull(marshaller.parse(bytes));
            } catch (RuntimeException e) {
                Status status = Status.fromThrowable(e);
                return new Refusal(
                        status.getCode() == Status.Code.UNKNOWN
                                ? Status.INTERNAL.withDescription("the message cannot be read: " + e.getMessage())
                                : status);
            }
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

    /** Tells the service of a refusal as of a cancelled call: what runs for it is of no use to anybody. */
    private static final class Listener extends SimpleForwardingServerCallListener<Object> {
        private final RefusableCall<?> call;
        private boolean refused;

        private Listener(RefusableCall<?> call, ServerCall.Listener<Object> listener) {
            super(listener);
            this.call = call;
        }

        @Override
        public void onMessage(Object message) {
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
            if (!refused) {
                super.onHalfClose();
            }
        }

        @Override
        public void onReady() {
            if (!refused) {
                super.onReady();
            }
        }

        @Override
        public void onCancel() {
            if (!refused) {
                super.onCancel();
            }
        }

        @Override
        public void onComplete() {
            if (!refused) {
                super.onComplete();
            }
        }
    }
}
