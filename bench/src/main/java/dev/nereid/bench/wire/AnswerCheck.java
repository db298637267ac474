package dev.nereid.bench.wire;

import dev.nereid.bench.startup.HttpProbe;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;

/** Sees that a server answers a payload before it is measured: a load generator takes any answer for one. */
final class AnswerCheck {
    private static final int PREFIX = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private AnswerCheck() {}

    static void check(WirePayload payload, String place) throws IOException {
        byte[] answer = switch (payload.protocol()) {
            case HTTP -> new HttpProbe(place).post(payload.protocol().path(), payload.body(), payload.headers());
            case GRPC -> grpc(payload, place);
        };
        int start = answer.length - payload.answerEnd().length;
        if (start < 0 || !Arrays.equals(answer, start, answer.length, payload.answerEnd(), 0, answer.length - start)) {
            throw new IOException("the answer to '" + payload.name() + "' does not end as expected");
        }
    }

    private static byte[] grpc(WirePayload payload, String place) throws IOException {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(place).usePlaintext().build();
        try {
            ModelInferResponse response = GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PATIENCE)
                    .modelInfer(ModelInferRequest.parseFrom(
                            Arrays.copyOfRange(payload.body(), PREFIX, payload.body().length)));
            return response.getRawOutputContents(0).toByteArray();
        } catch (StatusRuntimeException e) {
            throw new IOException("'" + payload.name() + "' was answered with " + e.getStatus(), e);
        } finally {
            channel.shutdownNow();
        }
    }
}
