package dev.nereid.perf.client;

import com.google.protobuf.CodedOutputStream;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Requests on bidirectional streams, one a connection, told apart by their ids. A request to a decoupled model ends with
 * its final response, which may be empty.
 */
public final class GrpcStreamTransport implements Transport {
    private static final String FINAL = "triton_final_response";
    private static final String WANT_EMPTY_FINAL = "triton_enable_empty_final_response";

    private static final MethodDescriptor<byte[], ModelStreamInferResponse> INFER =
            MethodDescriptor.<byte[], ModelStreamInferResponse>newBuilder()
                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                    .setFullMethodName(
                            GRPCInferenceServiceGrpc.getModelStreamInferMethod().getFullMethodName())
                    .setRequestMarshaller(RawMessages.BYTES)
                    .setResponseMarshaller(
                            GRPCInferenceServiceGrpc.getModelStreamInferMethod().getResponseMarshaller())
                    .build();

    /** A request without its id, which is added to each message that is sent. */
    @SuppressWarnings("ArrayRecordComponent")
    private record StreamPayload(byte[] bytes, InferenceRequest request) implements Payload {}

    private final GrpcEncoder encoder;
    private final GrpcChannels channels;
    private final boolean decoupled;
    private final boolean keeps;
    private final List<Line> lines = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong ids = new AtomicLong();

    /**
     * A transport that closes its channels.
     *
     * @param keeps whether exchanges keep their answers
     */
    public GrpcStreamTransport(
            GrpcEncoder encoder, GrpcChannels channels, CallOptions options, boolean decoupled, boolean keeps) {
        this.encoder = encoder;
        this.channels = channels;
        this.decoupled = decoupled;
        this.keeps = keeps;
        channels.all().forEach(channel -> lines.add(new Line(channel, options)));
    }

    @Override
    public Payload prepare(InferenceRequest request) {
        ModelInferRequest.Builder message = encoder.message(request).toBuilder();
        if (decoupled) {
            message.putParameters(
                    WANT_EMPTY_FINAL,
                    InferParameter.newBuilder().setBoolParam(true).build());
        }
        return new StreamPayload(message.build().toByteArray(), request);
    }

    @Override
    public void send(Exchange exchange) {
        lines.get(Math.floorMod(next.getAndIncrement(), lines.size())).send(exchange);
    }

    @Override
    public Map<String, ByteBuffer> outputs(Answer answer) {
        return encoder.outputs(answer.bytes());
    }

    @Override
    public void close() {
        lines.forEach(Line::end);
        channels.close();
    }

    /** A stream; opened for the first request, and anew after it broke. */
    private final class Line extends ClientCall.Listener<ModelStreamInferResponse> {
        private final ManagedChannel channel;
        private final CallOptions options;
        private final Map<String, Exchange> open = new ConcurrentHashMap<>();
        private @Nullable ClientCall<byte[], ModelStreamInferResponse> call;

        Line(ManagedChannel channel, CallOptions options) {
            this.channel = channel;
            this.options = options;
        }

        synchronized void send(Exchange exchange) {
            ClientCall<byte[], ModelStreamInferResponse> current = call;
            if (current == null) {
                current = channel.newCall(INFER, options);
                call = current;
                current.start(this, new Metadata());
                current.request(Integer.MAX_VALUE);
            }
            String id = String.valueOf(ids.incrementAndGet());
            open.put(id, exchange);
            exchange.markStart();
            current.sendMessage(withId(((StreamPayload) exchange.payload()).bytes(), id));
            exchange.markSent();
            // A call that ends while it starts says so from within start: then nobody else ends this exchange.
            if (!current.equals(call) && open.remove(id) != null) {
                exchange.fail(new Failure(Failure.Kind.DROPPED, "the stream ended before the request was sent"));
            }
        }

        @Override
        public void onMessage(ModelStreamInferResponse message) {
            ModelInferResponse response = message.getInferResponse();
            Exchange exchange = open.get(response.getId());
            if (exchange == null) {
                return;
            }
            if (!message.getErrorMessage().isEmpty()) {
                open.remove(response.getId());
                exchange.fail(new Failure(Failure.Kind.FAILED, message.getErrorMessage()));
                return;
            }
            boolean last = !decoupled
                    || response.getParametersOrDefault(FINAL, InferParameter.getDefaultInstance())
                            .getBoolParam();
            Optional<Failure> difference = Optional.empty();
            if (response.getOutputsCount() > 0 || !decoupled) {
                exchange.respond();
                difference = Expectation.difference(exchange.payload().expected(), GrpcEncoder.outputs(response));
                keep(exchange, response);
            } else if (last) {
                exchange.markEmptyEnd();
                keep(exchange, response);
            }
            if (last || difference.isPresent()) {
                open.remove(response.getId());
                exchange.end(difference);
            }
        }

        /** Without its id, by which answers that are equal would differ. */
        private void keep(Exchange exchange, ModelInferResponse response) {
            if (keeps) {
                exchange.keep(
                        response.getOutputsCount() == 0
                                ? Answer.EMPTY
                                : new Answer(
                                        response.toBuilder().clearId().build().toByteArray(), 0));
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            List<Exchange> lost;
            synchronized (this) {
                call = null;
                lost = List.copyOf(open.values());
                open.clear();
            }
            Failure failure = GrpcTransport.failure(
                    status.isOk() ? Status.CANCELLED.withDescription("the stream ended") : status);
            lost.forEach(exchange -> exchange.fail(failure));
        }

        synchronized void end() {
            if (call != null) {
                call.halfClose();
            }
        }
    }

    /** The message with its id behind it: the order of a message's fields is free. */
    private static byte[] withId(byte[] message, String id) {
        int length = CodedOutputStream.computeStringSize(ModelInferRequest.ID_FIELD_NUMBER, id);
        byte[] whole = Arrays.copyOf(message, message.length + length);
        CodedOutputStream to = CodedOutputStream.newInstance(whole, message.length, length);
        try {
            to.writeString(ModelInferRequest.ID_FIELD_NUMBER, id);
            to.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return whole;
    }
}
