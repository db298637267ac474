package dev.nereid.bench.perf.client;

import dev.nereid.bench.perf.data.InferenceRequest;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Unary calls over gRPC, many at a time on each connection. */
public final class GrpcTransport implements Transport {
    @SuppressWarnings("ArrayRecordComponent")
    private record GrpcPayload(byte[] bytes) implements Payload {}

    private static final MethodDescriptor<byte[], Integer> INFER = MethodDescriptor.<byte[], Integer>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName())
            .setRequestMarshaller(RawMessages.BYTES)
            .setResponseMarshaller(RawMessages.LENGTH)
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
        return new GrpcPayload(encoder.encode(request).toByteArray());
    }

    @Override
    public void send(Exchange exchange) {
        ManagedChannel channel = all.get(Math.floorMod(next.getAndIncrement(), all.size()));
        ClientCall<byte[], Integer> call = channel.newCall(INFER, options);
        exchange.markStart();
        call.start(new Answer(exchange), new Metadata());
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

    private static final class Answer extends ClientCall.Listener<Integer> {
        private final Exchange exchange;

        Answer(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public void onHeaders(Metadata headers) {
            exchange.markAnswered();
        }

        @Override
        public void onMessage(Integer bytes) {
            exchange.markResponse();
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.isOk()) {
                exchange.succeed();
            } else {
                exchange.fail(failure(status));
            }
        }
    }
}
