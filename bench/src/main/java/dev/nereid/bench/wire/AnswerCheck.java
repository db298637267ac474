package dev.nereid.bench.wire;

import dev.nereid.bench.startup.HttpProbe;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.torchserve.InferenceAPIsServiceGrpc;
import dev.nereid.proto.torchserve.PredictionsRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;

/** Sees that a server answers a payload before it is measured: a load generator takes any answer for one. */
final class AnswerCheck {
    private static final int PREFIX = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private AnswerCheck() {}

    static void check(WirePayload payload, String place) throws IOException {
        byte[] answer = switch (payload.protocol()) {
            case HTTP, ONNX_HTTP, TENSORFLOW_REST, TORCHSERVE_REST ->
                new HttpProbe(place).post(payload.protocol().path(), payload.body(), payload.headers());
            case GRPC, ONNX_GRPC ->
                grpc(
                        place,
                        payload,
                        (channel, body) -> GRPCInferenceServiceGrpc.newBlockingStub(channel)
                                .withDeadlineAfter(PATIENCE)
                                .modelInfer(ModelInferRequest.parseFrom(body))
                                .getRawOutputContents(0)
                                .toByteArray());
            case TORCHSERVE_GRPC ->
                grpc(
                        place,
                        payload,
                        (channel, body) -> InferenceAPIsServiceGrpc.newBlockingStub(channel)
                                .withDeadlineAfter(PATIENCE)
                                .predictions(PredictionsRequest.parseFrom(body))
                                .getPrediction()
                                .toByteArray());
            case TENSORFLOW_GRPC ->
                grpc(
                        place,
                        payload,
                        (channel, body) -> floats(PredictionServiceGrpc.newBlockingStub(channel)
                                .withDeadlineAfter(PATIENCE)
                                .predict(PredictRequest.parseFrom(body))
                                .getOutputsOrThrow("OUTPUT0")));
        };
        int start = answer.length - payload.answerEnd().length;
        if (start < 0 || !Arrays.equals(answer, start, answer.length, payload.answerEnd(), 0, answer.length - start)) {
            throw new IOException("the answer to '" + payload.name() + "' does not end as expected");
        }
    }

    /** Sends a message and takes the bytes of the tensor in the answer. */
    private interface Call {
        byte[] send(ManagedChannel channel, byte[] message) throws IOException;
    }

    private static byte[] grpc(String place, WirePayload payload, Call call) throws IOException {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(place).usePlaintext().build();
        try {
            return call.send(channel, Arrays.copyOfRange(payload.body(), PREFIX, payload.body().length));
        } catch (StatusRuntimeException e) {
            throw new IOException("'" + payload.name() + "' was answered with " + e.getStatus(), e);
        } finally {
            channel.shutdownNow();
        }
    }

    private static byte[] floats(TensorProto tensor) {
        ByteBuffer bytes =
                ByteBuffer.allocate(tensor.getFloatValCount() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        tensor.getFloatValList().forEach(bytes::putFloat);
        return bytes.array();
    }
}
