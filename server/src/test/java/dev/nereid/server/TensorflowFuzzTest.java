package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever TensorFlow Serving's clients send, they get an answer, or an error that is their own. Runs for {@code
 * -Dnereid.test.fuzz.seconds} (3) a protocol, from the seed {@code -Dnereid.test.fuzz.seed}.
 */
@Tag("soak")
class TensorflowFuzzTest {
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 3));
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_201);
    private static final int FEWEST_CASES = 500;
    private static final List<String> PATHS = List.of(
            "/v1/models/halves:predict",
            "/v1/models/echo:predict",
            "/v1/models/half:predict",
            "/v1/models/classes:classify",
            "/v1/models/values:regress");
    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"instances\"",
            "\"inputs\"",
            "\"examples\"",
            "\"context\"",
            "\"x\"",
            "\"in\"",
            "\"b64\"",
            "\"signature_name\"",
            "\"AAH/\"",
            "\"serving_default\"",
            "1",
            "-0",
            "1.5",
            "1e400",
            "NaN",
            "-Inf",
            "null",
            "true",
            "\"\\ud800\"",
            "99999999999999999999",
            " ",
            "\u0000",
            "{\"instances\": [[1, 2]]}",
            "{\"inputs\": [",
            "{\"examples\": [{\"x\": ",
            "[[1, 2], [3, 4]]");

    @TempDir
    private static Path folder;

    private static RunningServers servers;
    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        servers = new RunningServers(folder);
        TensorflowModels.write(folder);
        server = servers.start(
                "--tensorflow-rest-port=0", "--tensorflow-grpc-port=0", "--allow-http=false", "--allow-grpc=false");
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    @Test
    void bodiesAreAnsweredWithAResultOrAnErrorOfTheClient() throws Exception {
        Random random = new Random(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        int cases = 0;
        int good = 0;
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (cases < FEWEST_CASES || System.nanoTime() < end) {
                String body = body(random);
                URI uri = URI.create("http://127.0.0.1:"
                        + server.port(Front.TENSORFLOW_REST).orElseThrow() + PATHS.get(random.nextInt(PATHS.size())));
                HttpResponse<String> response = client.send(
                        HttpRequest.newBuilder(uri)
                                .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(response.statusCode())
                        .as("seed %s, case %s, body %s: %s", SEED, cases, body, response.body())
                        .isIn(200, 400, 501);
                good += response.statusCode() == 200 ? 1 : 0;
                cases++;
            }
        }
        assertThat(good).isPositive();
    }

    private static String body(Random random) {
        StringBuilder body = new StringBuilder(random.nextInt(4) == 0 ? PIECES.get(28) : "");
        int pieces = random.nextInt(12);
        for (int i = 0; i < pieces; i++) {
            body.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return body.toString();
    }

    @Test
    void messagesAreAnsweredWithAResultOrAnErrorOfTheClient() {
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.TENSORFLOW_GRPC).orElseThrow())
                .usePlaintext()
                .build();
        Random random = new Random(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        int good = 0;
        for (int cases = 0; cases < FEWEST_CASES || System.nanoTime() < end; cases++) {
            PredictRequest request = request(random);
            try {
                PredictionServiceGrpc.newBlockingStub(channel).predict(request);
                good++;
            } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode())
                        .as("seed %s, case %s: %s", SEED, cases, e.getMessage())
                        .isIn(
                                Status.Code.INVALID_ARGUMENT,
                                Status.Code.RESOURCE_EXHAUSTED,
                                Status.Code.FAILED_PRECONDITION);
            }
        }
        channel.shutdownNow();
        assertThat(good).isPositive();
    }

    private static PredictRequest request(Random random) {
        boolean halves = random.nextBoolean();
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        int rank = random.nextInt(4);
        for (int i = 0; i < rank; i++) {
            shape.addDimBuilder()
                    .setSize(random.nextInt(10) == 0 ? random.nextLong() : random.nextInt(4) - (i == 3 ? 1 : 0));
        }
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setDtypeValue(random.nextInt(3) == 0 ? random.nextInt(40) : halves ? 1 : 7)
                .setTensorShape(shape.setUnknownRank(random.nextInt(20) == 0));
        if (random.nextInt(3) == 0) {
            byte[] content = new byte[random.nextInt(20)];
            random.nextBytes(content);
            tensor.setTensorContent(ByteString.copyFrom(content));
        }
        for (int i = random.nextInt(5); i > 0; i--) {
            tensor.addFloatVal(random.nextFloat())
                    .addIntVal(random.nextInt())
                    .addStringVal(ByteString.copyFromUtf8("s"))
                    .addBoolVal(true);
        }
        assertThat(DataType.DT_FLOAT.getNumber()).isEqualTo(1);
        return PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName(halves ? "halves" : "echo"))
                .putInputs(random.nextInt(20) == 0 ? "z" : halves ? "x" : "in", tensor.build())
                .build();
    }
}
