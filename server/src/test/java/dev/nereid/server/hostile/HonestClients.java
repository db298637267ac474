package dev.nereid.server.hostile;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Clients that do everything right, and take nothing but the right answer: once at least, then until it is over. */
final class HonestClients {
    private static final long PATIENCE_SECONDS = 60;
    private static final int REQUESTS_A_CONNECTION = 200;

    private final int httpPort;
    private final int grpcPort;
    private final BooleanSupplier over;

    /** Requests that were answered rightly. */
    final AtomicLong overHttp = new AtomicLong();

    final AtomicLong overGrpc = new AtomicLong();
    final AtomicLong overStreams = new AtomicLong();

    HonestClients(int httpPort, int grpcPort, BooleanSupplier over) {
        this.httpPort = httpPort;
        this.grpcPort = grpcPort;
        this.over = over;
    }

    /** Keeps connections, and looks at every byte of its answers. */
    void askOverHttp(Random random) throws IOException {
        do {
            try (Wire wire = new Wire(httpPort)) {
                for (int i = 0; i == 0 || (i < REQUESTS_A_CONNECTION && !over.getAsBoolean()); i++) {
                    int[] numbers = Wire.numbers(random, 1 + random.nextInt(2000));
                    boolean binary = random.nextBoolean();
                    Wire.Answer answer = wire.send(Wire.infer(model(random), numbers, binary))
                            .receive();
                    expect(answer.status() == 200, answer.status() + " " + answer.text());
                    expect(
                            binary
                                    ? endsWith(answer.body(), Wire.bytes(numbers))
                                    : answer.text()
                                            .contains("\"data\":"
                                                    + Arrays.toString(numbers).replace(" ", "")),
                            "other numbers over HTTP");
                    overHttp.incrementAndGet();
                }
            }
        } while (!over.getAsBoolean());
    }

    private static String model(Random random) {
        return random.nextInt(20) == 0 ? "slow" : "echo";
    }

    private static boolean endsWith(byte[] body, byte[] end) {
        return body.length >= end.length
                && Arrays.equals(body, body.length - end.length, body.length, end, 0, end.length);
    }

    void askOverGrpc(Random random) {
        ManagedChannel channel = HostileCalls.channel(grpcPort);
        try {
            do {
                ModelInferRequest request =
                        HostileCalls.request(model(random), Wire.numbers(random, 1 + random.nextInt(2000)));
                var stub = GRPCInferenceServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
                var answer = (random.nextInt(4) == 0 ? stub.withCompression("gzip") : stub).modelInfer(request);
                expect(
                        answer.getRawOutputContents(0).equals(request.getRawInputContents(0)),
                        "other numbers over gRPC");
                overGrpc.incrementAndGet();
            } while (!over.getAsBoolean());
        } finally {
            channel.shutdownNow();
        }
    }

    /** Streams whose answers come in the order of their requests. */
    void stream(Random random) {
        ManagedChannel channel = HostileCalls.channel(grpcPort);
        try {
            do {
                List<ModelInferRequest> requests = new ArrayList<>();
                for (int i = random.nextInt(30); i >= 0; i--) {
                    requests.add(HostileCalls.request(model(random), Wire.numbers(random, 1 + random.nextInt(2000))));
                }
                List<ModelStreamInferResponse> answers = answers(channel, requests);
                expect(answers.size() == requests.size(), answers.size() + " answers to " + requests.size());
                for (int i = 0; i < answers.size(); i++) {
                    expect(
                            answers.get(i).getErrorMessage().isEmpty(),
                            answers.get(i).getErrorMessage());
                    expect(
                            answers.get(i)
                                    .getInferResponse()
                                    .getRawOutputContents(0)
                                    .equals(requests.get(i).getRawInputContents(0)),
                            "other numbers in a stream");
                }
                overStreams.addAndGet(answers.size());
            } while (!over.getAsBoolean());
        } finally {
            channel.shutdownNow();
        }
    }

    private static List<ModelStreamInferResponse> answers(ManagedChannel channel, List<ModelInferRequest> requests) {
        List<ModelStreamInferResponse> answers = new ArrayList<>();
        CompletableFuture<List<ModelStreamInferResponse>> end = new CompletableFuture<>();
        StreamObserver<ModelInferRequest> call = GRPCInferenceServiceGrpc.newStub(channel)
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse answer) {
                        answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable error) {
                        end.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {
                        end.complete(answers);
                    }
                });
        requests.forEach(call::onNext);
        call.onCompleted();
        return end.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    private static void expect(boolean right, String got) {
        if (!right) {
            throw new IllegalStateException("an honest client got " + got);
        }
    }
}
