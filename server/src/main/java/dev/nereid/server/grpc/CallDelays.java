package dev.nereid.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delays parts of calls, for tests of clients: of their timeouts, and of cancellations at a certain moment. The environment
 * variables are those that Triton's own suites set. A delayed part waits on a thread of its call, in the order of the call's
 * parts; other calls do not wait for it.
 *
 * @param start of inference calls, before the first request is handled
 * @param answer of calls for something else than inference, before they are answered
 * @param completion of an inference call for one answer, before that is sent
 * @param message of each answer of a stream
 * @param end of a stream, before it ends
 * @param notification before a cancelled call is told so
 * @param release before what is left of a cancelled call is dropped
 */
record CallDelays(
        Duration start,
        Duration answer,
        Duration completion,
        Duration message,
        Duration end,
        Duration notification,
        Duration release)
        implements ServerInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(CallDelays.class);

    private static final String UNARY = "ModelInfer";
    private static final String STREAM = "ModelStreamInfer";

    /** The delays that an environment asks for; empty without any. */
    static Optional<CallDelays> of(Map<String, String> environment) {
        CallDelays delays = new CallDelays(
                sum(environment, "TRITONSERVER_DELAY_GRPC_PROCESS", "TRITONSERVER_DELAY_GRPC_PROCESS_ENTRY"),
                sum(environment, "TRITONSERVER_SERVER_DELAY_GRPC_RESPONSE_SEC").multipliedBy(1000),
                sum(environment, "TRITONSERVER_DELAY_RESPONSE_COMPLETE_EXEC", "TRITONSERVER_DELAY_RESPONSE_COMPLETION"),
                sum(environment, "TRITONSERVER_DELAY_GRPC_RESPONSE"),
                sum(environment, "TRITONSERVER_DELAY_GRPC_COMPLETE"),
                sum(environment, "TRITONSERVER_DELAY_GRPC_NOTIFICATION"),
                sum(environment, "TRITONSERVER_DELAY_GRPC_ENQUEUE"));
        boolean any = Stream.of(
                        delays.start,
                        delays.answer,
                        delays.completion,
                        delays.message,
                        delays.end,
                        delays.notification,
                        delays.release)
                .anyMatch(Duration::isPositive);
        return any ? Optional.of(delays) : Optional.empty();
    }

    private static Duration sum(Map<String, String> environment, String... names) {
        long millis = 0;
        for (String name : names) {
            String text = environment.getOrDefault(name, "0");
            try {
                millis += Integer.parseUnsignedInt(text.strip());
            } catch (NumberFormatException e) {
                LOG.warn("{}: expected a time as a whole number, got '{}'; nothing is delayed", name, text);
            }
        }
        return Duration.ofMillis(millis);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
        return new DelayedEvents<>(next.startCall(new DelayedAnswers<>(call, method), headers), method);
    }

    private static ExecutorService newQueue() {
        return Executors.newSingleThreadExecutor(
                Thread.ofVirtual().name("delayed-call").factory());
    }

    private static void pause(String what, Duration delay) {
        if (delay.isZero()) {
            return;
        }
        LOG.info("Delaying {} by {} ms...", what, delay.toMillis());
        try {
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the server does with a call: done in order, on one thread of the call. */
    private final class DelayedAnswers<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final String method;
        private final ExecutorService queue = newQueue();
        private final AtomicBoolean begun = new AtomicBoolean();

        private DelayedAnswers(ServerCall<Q, A> call, String method) {
            super(call);
            this.method = method;
        }

        @Override
        public void sendHeaders(Metadata headers) {
            queue.execute(() -> {
                begin();
                delegate().sendHeaders(headers);
            });
        }

        @Override
        public void sendMessage(A message) {
            queue.execute(() -> {
                begin();
                if (method.equals(STREAM)) {
                    pause("the write of the response", message());
                }
                delegate().sendMessage(message);
            });
        }

        @Override
        public void close(Status status, Metadata trailers) {
            queue.execute(() -> {
                begin();
                if (method.equals(STREAM)) {
                    pause("the end of the stream", end());
                }
                if (isCancelled()) {
                    pause("the release of a cancelled call", release());
                }
                delegate().close(status, trailers);
            });
            queue.shutdown();
        }

        private void begin() {
            if (begun.getAndSet(true) || method.equals(STREAM)) {
                return;
            }
            if (method.equals(UNARY)) {
                pause("the response", completion());
            } else {
                pause("the answer of " + method, answer());
            }
        }
    }

    /** What a call's client does, handled in order on one thread of the call. */
    private final class DelayedEvents<Q> extends ServerCall.Listener<Q> {
        private final ServerCall.Listener<Q> listener;
        private final boolean infers;
        private final ExecutorService queue = newQueue();
        private final AtomicBoolean begun = new AtomicBoolean();

        private DelayedEvents(ServerCall.Listener<Q> listener, String method) {
            this.listener = listener;
            this.infers = method.equals(UNARY) || method.equals(STREAM);
        }

        @Override
        public void onMessage(Q message) {
            queue.execute(() -> {
                if (infers && !begun.getAndSet(true)) {
                    pause("the request", start());
                }
                listener.onMessage(message);
            });
        }

        @Override
        public void onHalfClose() {
            queue.execute(listener::onHalfClose);
        }

        @Override
        public void onReady() {
            queue.execute(listener::onReady);
        }

        @Override
        public void onCancel() {
            queue.execute(() -> {
                pause("the notification of a cancellation", notification());
                listener.onCancel();
            });
            queue.shutdown();
        }

        @Override
        public void onComplete() {
            queue.execute(listener::onComplete);
            queue.shutdown();
        }
    }
}
