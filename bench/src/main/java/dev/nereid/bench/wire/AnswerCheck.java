package dev.nereid.bench.wire;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;

/** Sees that a server answers a payload before it is measured: a load generator takes any answer for one. */
final class AnswerCheck {
    private static final int PREFIX = 5;

    private AnswerCheck() {}

    static void check(Payload payload, String place) throws IOException {
        byte[] answer = switch (payload.protocol()) {
            case HTTP -> http(payload, place);
            case GRPC -> grpc(payload, place);
        };
        int start = answer.length - payload.answerEnd().length;
        if (start < 0 || !Arrays.equals(answer, start, answer.length, payload.answerEnd(), 0, answer.length - start)) {
            throw new IOException("the answer to '" + payload.name() + "' does not end as expected");
        }
    }

    private static byte[] http(Payload payload, String place) throws IOException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://" + place + payload.protocol().path()))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(payload.body()));
            for (String header : payload.headers()) {
                String[] parts = header.split(": ", 2);
                request.header(parts[0], parts[1]);
            }
            HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() != 200) {
                throw new IOException("'" + payload.name() + "' was answered with " + response.statusCode() + ": "
                        + new String(response.body(), java.nio.charset.StandardCharsets.UTF_8));
            }
            return response.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static byte[] grpc(Payload payload, String place) throws IOException {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(place).usePlaintext().build();
        try {
            ModelInferResponse response = GRPCInferenceServiceGrpc.newBlockingStub(channel)
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
