package dev.nereid.bench.perf.client;

import dev.nereid.bench.perf.data.InferenceRequest;
import dev.nereid.bench.perf.data.InputTensor;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Unary calls over gRPC, many at a time on each connection. */
public final class GrpcTransport implements Transport {
    @SuppressWarnings("ArrayRecordComponent")
    private record GrpcPayload(byte[] bytes, List<InputTensor> expected) implements Payload {}

    private static final MethodDescriptor<byte[], Integer> INFER = MethodDescriptor.<byte[], Integer>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName())
            .setRequestMarshaller(RawMessages.BYTES)
            .setResponseMarshaller(RawMessages.LENGTH)
            .build();

    /** For answers that are compared with what is expected. */
    private static final MethodDescriptor<byte[], ModelInferResponse> INFER_AND_READ =
            MethodDescriptor.<byte[], ModelInferResponse>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName(INFER.getFullMethodName())
                    .setRequestMarshaller(RawMessages.BYTES)
                    .setResponseMarshaller(
                            GRPCInferenceServiceGrpc.getModelInferMethod().getResponseMarshaller())
                    .build();

    private final GrpcEncoder encoder;
    private final GrpcChannels channels;
    private final List<ManagedChannel> all;
    private final CallOptions options;
    private final AtomicInteger next = new AtomicInteger();

    /**
     * A transport that closes its channels.
     *
     * @param options compression and the like
     */
    public GrpcTransport(GrpcEncoder encoder, GrpcChannels channels, CallOptions options) {
        this.encoder = encoder;
        this.channels = channels;
        this.all = channels.all();
        this.options = options;
    }

    @Override
    public Payload prepare(InferenceRequest request) {
        return new GrpcPayload(encoder.encode(request).toByteArray(), request.expected());
    }

    @Override
    public void send(Exchange exchange) {
        ManagedChannel channel = all.get(Math.floorMod(next.getAndIncrement(), all.size()));
        if (exchange.payload().expected().isEmpty()) {
            send(exchange, channel.newCall(INFER, options), new Answer<>(exchange));
        } else {
            send(exchange, channel.newCall(INFER_AND_READ, options), new CheckedAnswer(exchange));
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

    private static class Answer<T> extends ClientCall.Listener<T> {
        private final Exchange exchange;

        Answer(Exchange exchange) {
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

    private static final class CheckedAnswer extends Answer<ModelInferResponse> {
        private final List<InputTensor> expected;
        private ModelInferResponse answer = ModelInferResponse.getDefaultInstance();

        CheckedAnswer(Exchange exchange) {
            super(exchange);
            expected = exchange.payload().expected();
        }

        @Override
        public void onMessage(ModelInferResponse message) {
            super.onMessage(message);
            answer = message;
        }

        @Override
        Optional<Failure> difference() {
            return Expectation.difference(expected, GrpcEncoder.outputs(answer));
        }
    }
}
