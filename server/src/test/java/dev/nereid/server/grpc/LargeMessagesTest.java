package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the event loop does of a large message, and what it leaves to another thread. */
@Tag("found-2")
class LargeMessagesTest {
    /** What the parsers' threads have to do; run by hand. */
    private final Queue<Runnable> elsewhere = new ArrayDeque<>();

    /** What happened, in order. */
    private final List<String> events = new ArrayList<>();

    private final ServerMethodDefinition<Object, Object> method = method();

    /** A message is what it consists of; one that begins with {@code x} is none. */
    private final class Text implements MethodDescriptor.Marshaller<Object> {
        @Override
        public InputStream stream(Object message) {
            return InputStream.nullInputStream();
        }

        @Override
        public Object parse(InputStream bytes) {
            events.add("parse");
            try {
                byte[] all = bytes.readAllBytes();
                if (all[0] == 'x') {
                    throw Status.INTERNAL.withDescription("no message").asRuntimeException();
                }
                return all.length;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private ServerMethodDefinition<Object, Object> method() {
        MethodDescriptor<Object, Object> descriptor = MethodDescriptor.newBuilder()
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName("service/method")
                .setRequestMarshaller(new Text())
                .setResponseMarshaller(new Text())
                .build();
        ServerServiceDefinition service = ServerServiceDefinition.builder("service")
                .addMethod(descriptor, (_, _) -> new ServerCall.Listener<>() {
                    @Override
                    public void onMessage(Object message) {
                        events.add("message of " + message);
                    }

                    @Override
                    public void onHalfClose() {
                        events.add("half close");
                    }

                    @Override
                    public void onCancel() {
                        events.add("cancel");
                    }
                })
                .build();
        return (ServerMethodDefinition<Object, Object>)
                RefusedMessages.answering(service, elsewhere::add).getMethod("service/method");
    }

    private ServerCall.Listener<Object> start() {
        return method.getServerCallHandler()
                .startCall(
                        new ServerCall<>() {
                            @Override
                            public void request(int count) {}

                            @Override
                            public void sendHeaders(Metadata headers) {}

                            @Override
                            public void sendMessage(Object message) {}

                            @Override
                            public void close(Status status, Metadata trailers) {
                                events.add("close " + status.getCode());
                            }

                            @Override
                            public boolean isCancelled() {
                                return false;
                            }

                            @Override
                            public MethodDescriptor<Object, Object> getMethodDescriptor() {
                                return method.getMethodDescriptor();
                            }
                        },
                        new Metadata());
    }

    private Object read(char first, int length) {
        byte[] bytes = new byte[length];
        bytes[0] = (byte) first;
        return method.getMethodDescriptor().parseRequest(new ByteArrayInputStream(bytes));
    }

    @Test
    void smallMessagesArePassedOnAtOnce() {
        ServerCall.Listener<Object> call = start();
        call.onMessage(read('m', LargeMessages.LEAST_BYTES - 1));
        call.onHalfClose();

        assertThat(elsewhere).isEmpty();
        assertThat(events).containsExactly("parse", "message of " + (LargeMessages.LEAST_BYTES - 1), "half close");
    }

    @Test
    void largeMessagesAreParsedElsewhereAndWhatFollowsWaits() {
        ServerCall.Listener<Object> call = start();
        call.onMessage(read('m', LargeMessages.LEAST_BYTES));
        call.onMessage(read('m', 10));
        call.onMessage(read('m', LargeMessages.LEAST_BYTES + 1));
        call.onHalfClose();
        assertThat(events).as("the small one is parsed").containsExactly("parse");
        assertThat(elsewhere).hasSize(1);

        elsewhere.remove().run();
        assertThat(events)
                .containsExactly(
                        "parse",
                        "parse",
                        "message of " + LargeMessages.LEAST_BYTES,
                        "message of 10",
                        "parse",
                        "message of " + (LargeMessages.LEAST_BYTES + 1),
                        "half close");

        call.onCancel();
        assertThat(events).as("nothing waits any more").last().isEqualTo("cancel");
    }

    @Test
    void aLargeMessageThatIsNoneEndsItsCall() {
        ServerCall.Listener<Object> call = start();
        call.onMessage(read('x', LargeMessages.LEAST_BYTES));
        call.onHalfClose();
        elsewhere.remove().run();

        assertThat(events).containsExactly("parse", "close INTERNAL", "cancel");
    }
}
