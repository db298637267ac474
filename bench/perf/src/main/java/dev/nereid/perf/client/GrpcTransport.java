package dev.nereid.perf.client;

import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Unary calls over gRPC, many at a time on each connection. */
public final class GrpcTransport implements Transport {
    @SuppressWarnings("ArrayRecordComponent")
    private record GrpcPayload(byte[] bytes, InferenceRequest request) implements Payload {}

    private final GrpcFormat format;
    private final MethodDescriptor<byte[], Integer> infer;

    /** For answers that are kept, or compared with what is expected. */
    private final MethodDescriptor<byte[], byte[]> inferAndRead;

    private final GrpcChannels channels;
    private final List<ManagedChannel> all;
    private final CallOptions options;
    private final boolean keeps;
    private final AtomicInteger next = new AtomicInteger();

    /**
     * A transport that closes its channels.
     *
     * @param options compression and the like
     * @param keeps whether exchanges keep their answers
     */
    public GrpcTransport(GrpcFormat format, GrpcChannels channels, CallOptions options, boolean keeps) {
        this.format = format;
        this.keeps = keeps;
        this.infer = method(format, RawMessages.LENGTH);
        this.inferAndRead = method(format, RawMessages.BYTES);
        this.channels = channels;
        this.all = channels.all();
        this.options = options;
    }

    private static <T> MethodDescriptor<byte[], T> method(GrpcFormat format, MethodDescriptor.Marshaller<T> answers) {
        return MethodDescriptor.<byte[], T>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(format.method())
                .setRequestMarshaller(RawMessages.BYTES)
                .setResponseMarshaller(answers)
                .build();
    }

    @Override
    public Payload prepare(InferenceRequest request) {
        return new GrpcPayload(format.encode(request), request);
    }

    @Override
    public void send(Exchange exchange) {
        ManagedChannel channel = all.get(Math.floorMod(next.getAndIncrement(), all.size()));
        if (!keeps && exchange.payload().expected().isEmpty()) {
            send(exchange, channel.newCall(infer, options), new CountedAnswer<>(exchange));
        } else {
            send(exchange, channel.newCall(inferAndRead, options), new ReadAnswer(exchange));
        }
    }

    private static <T> void send(Exchange exchange, ClientCall<byte[], T> call, ClientCall.Listener<T> answer) {
        exchange.markStart();
        call.start(answer, new Metadata());
        call.request(2);
        call.sendMessage(((GrpcPayload) exchange.payload()).bytes());
        call.halfClose();
        exchange.markSent();
    }

    @Override
    public Map<String, ByteBuffer> outputs(Answer answer) {
        return format.outputs(answer.bytes());
    }

    @Override
    public void close() {
        channels.close();
    }

    /** The sort of failure that a status is. */
    static Failure failure(Status status) {
        Failure.Kind kind = switch (status.getCode()) {
            case RESOURCE_EXHAUSTED -> Failure.Kind.REFUSED;
            case UNAVAILABLE -> status.getCause() == null ? Failure.Kind.REFUSED : Failure.Kind.DROPPED;
            case CANCELLED -> Failure.Kind.DROPPED;
            default -> Failure.Kind.FAILED;
        };
        String description = status.getDescription() == null ? "" : ": " + status.getDescription();
        String cause = status.getCause() == null ? "" : " (" + status.getCause().getMessage() + ")";
        return new Failure(kind, "gRPC " + status.getCode() + description + cause);
    }

    private static class CountedAnswer<T> extends ClientCall.Listener<T> {
        private final Exchange exchange;

        CountedAnswer(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public void onHeaders(Metadata headers) {
            exchange.markAnswered();
        }

        @Override
        public void onMessage(T message) {
            exchange.markResponse();
        }

        /** What is wrong with an answer that came well. */
        Optional<Failure> difference() {
            return Optional.empty();
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.isOk() && exchange.responses() == 0) {
                exchange.fail(new Failure(Failure.Kind.FAILED, "gRPC OK without a response"));
            } else if (status.isOk()) {
                exchange.end(difference());
            } else {
                exchange.fail(failure(status));
            }
        }
    }

    private final class ReadAnswer extends CountedAnswer<byte[]> {
        private final Exchange exchange;
        private byte[] answer = {};

        ReadAnswer(Exchange exchange) {
            super(exchange);
            this.exchange = exchange;
        }

        @Override
        public void onMessage(byte[] message) {
            super.onMessage(message);
            answer = message;
            if (keeps) {
                exchange.keep(new Answer(message, 0));
            }
        }

        @Override
        Optional<Failure> difference() {
            List<InputTensor> expected = exchange.payload().expected();
            return expected.isEmpty() ? Optional.empty() : Expectation.difference(expected, format.outputs(answer));
        }
    }
}
