package dev.nereid.server;

import static dev.nereid.server.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.traffic.ModelTrafficRequest;
import dev.nereid.proto.traffic.TrafficServiceGrpc;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/1.1, HTTP/2 without TLS and gRPC at one port. */
class SinglePortTest {
    private static final int LARGE = 3 << 20;

    @TempDir
    Path repository;

    private Server server;
    private int port;
    private boolean stopped;

    @BeforeEach
    void start() {
        RunningServers models = new RunningServers(repository);
        models.write("plain", identity(""));
        models.write("slow", identity("parameters { key: \"execute_delay_ms\" value { string_value: \"1500\" } }"));
        server = Server.start(RunningServers.config(repository, "--single-port=true", "--drain-delay-secs=1"));
        assertThat(server.startup().join()).isEmpty();
        port = server.port(Front.HTTP).orElseThrow();
        assertThat(server.port(Front.GRPC)).hasValue(port);
    }

    @AfterEach
    void stop() {
        if (!stopped) {
            assertThat(server.stop()).isTrue();
        }
    }

    private static String identity(String more) {
        return """
                backend: "identity"
                input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ -1 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ -1 ] } ]
                """ + more;
    }

    private static byte[] json(int number) {
        return ("{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[" + number + "]}]}")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static ModelInferRequest message(byte[] tensor) {
        ModelInferRequest.Builder request =
                ModelInferRequest.newBuilder().setModelName("plain").addRawInputContents(ByteString.copyFrom(tensor));
        request.addInputsBuilder().setName("INPUT0").setDatatype("INT32").addShape(tensor.length / 4);
        return request.build();
    }

    @Test
    void eachProtocolIsAnswered() throws Exception {
        assertThat(RunningServers.send(
                        server, Front.HTTP, "/v2/models/plain/infer", new String(json(5), StandardCharsets.US_ASCII)))
                .contains("\"data\":[5]");
        ManagedChannel channel = RunningServers.channel(server);
        byte[] tensor = new byte[LARGE];
        Arrays.fill(tensor, (byte) 3);
        assertThat(GRPCInferenceServiceGrpc.newBlockingStub(channel)
                        .modelInfer(message(tensor))
                        .getRawOutputContents(0)
                        .toByteArray())
                .isEqualTo(tensor);
        assertThat(TrafficServiceGrpc.newBlockingStub(channel)
                        .modelTraffic(ModelTrafficRequest.newBuilder()
                                .setModelName("plain")
                                .build())
                        .getModelName())
                .isEqualTo("plain");
        channel.shutdownNow();
        try (Http2Client client = new Http2Client(port)) {
            List<CompletableFuture<Http2Client.Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                answers.add(
                        client.send("POST", "/v2/models/plain/infer", json(i)).answer());
            }
            for (int i = 0; i < 20; i++) {
                Http2Client.Answer answer = answers.get(i).get(20, TimeUnit.SECONDS);
                assertThat(answer.status()).isEqualTo("200");
                assertThat(answer.contentType()).isEqualTo("application/json");
                assertThat(answer.text()).contains("\"data\":[" + i + "]");
            }
        }
    }

    @Test
    void largeBodiesPassInBothDirections() throws Exception {
        StringBuilder numbers = new StringBuilder("1");
        for (int i = 1; i < LARGE / 4; i++) {
            numbers.append(",1");
        }
        byte[] body = ("{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT32\",\"shape\":[" + LARGE / 4
                        + "],\"data\":[" + numbers + "]}]}")
                .getBytes(StandardCharsets.US_ASCII);
        try (Http2Client client = new Http2Client(port)) {
            Http2Client.Answer answer =
                    client.send("POST", "/v2/models/plain/infer", body).answer().get(60, TimeUnit.SECONDS);
            assertThat(answer.status()).isEqualTo("200");
            assertThat(answer.text()).contains("\"data\":[" + numbers + "]");
        }
    }

    @Test
    void errorsHaveTheStatusOfTheHttpFront() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            assertThat(status(client, "GET", "/v2/nothing")).isEqualTo("404");
            assertThat(status(client, "DELETE", "/v2")).isEqualTo("405");
            assertThat(status(client, "GET", "//elsewhere.example/v2")).isEqualTo("404");
            assertThat(status(client, "GET", "@elsewhere.example/v2")).isEqualTo("400");
            assertThat(status(client, "GET", "/v2/health/ready")).isEqualTo("200");
        }
    }

    @Test
    void theHostOfARequestIsCheckedHoweverItIsGiven() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            assertThat(client.send("GET", "/v2", new byte[0], headers -> headers.authority("elsewhere.example"))
                            .answer()
                            .get(20, TimeUnit.SECONDS)
                            .status())
                    .isEqualTo("403");
            assertThat(client.send("GET", "/v2", new byte[0], headers -> headers.set("host", "elsewhere.example"))
                            .answer()
                            .get(20, TimeUnit.SECONDS)
                            .status())
                    .isEqualTo("403");
        }
    }

    @Test
    void aStreamEndsWithTheAnswerThoughTheBodyIsNotReadToItsEnd() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            Http2Client.Exchange exchange = client.send("POST", "/v2/nothing", new byte[LARGE]);
            assertThat(exchange.answer().get(20, TimeUnit.SECONDS).status()).isEqualTo("404");
            assertThat(exchange.stream().closeFuture().await(20, TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    @Test
    void requestsBehindThePortKnowNoProxy() throws Exception {
        ProxySelector before = ProxySelector.getDefault();
        ProxySelector.setDefault(ProxySelector.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)));
        Server other;
        try {
            other = Server.start(RunningServers.config(repository, "--single-port=true"));
            assertThat(other.startup().join()).isEmpty();
        } finally {
            ProxySelector.setDefault(before);
        }
        try (Http2Client client = new Http2Client(other.port(Front.HTTP).orElseThrow())) {
            assertThat(status(client, "GET", "/v2/health/ready")).isEqualTo("200");
        } finally {
            assertThat(other.stop()).isTrue();
        }
    }

    private static String status(Http2Client client, String method, String path) throws Exception {
        return client.send(method, path, new byte[0])
                .answer()
                .get(20, TimeUnit.SECONDS)
                .status();
    }

    @Test
    void aRequestThatItsClientGivesUpIsCancelled() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            Http2Client.Exchange running = client.send("POST", "/v2/models/slow/infer", json(1));
            until("it runs", () -> server.repository().inFlight() == 1);
            Http2Client.Exchange waiting = client.send("POST", "/v2/models/slow/infer", json(2));
            until("another waits", () -> server.repository().inFlight() == 2);
            waiting.reset();
            until("it is cancelled", () -> server.repository().inFlight() == 1);
            assertThat(running.answer().get(20, TimeUnit.SECONDS).status()).isEqualTo("200");
        }
    }

    @Test
    void aConnectionIsToldApartWhateverPiecesItsFirstBytesComeIn() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            for (byte one : "PUT /v2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII)) {
                socket.getOutputStream().write(one);
            }
            byte[] answer = new byte[12];
            assertThat(socket.getInputStream().readNBytes(answer, 0, 12)).isEqualTo(12);
            assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 405");
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            for (byte one : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII)) {
                socket.getOutputStream().write(one);
            }
            byte[] head = socket.getInputStream().readNBytes(9);
            assertThat(head[3]).as("a SETTINGS frame").isEqualTo((byte) 4);
            assertThat(ByteBuffer.wrap(head).getInt(5)).isZero();
        }
    }

    @Test
    void requestsUnderWayAreAnsweredWhenTheServerStops() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            assertThat(status(client, "GET", "/v2/health/ready")).isEqualTo("200");
            CompletableFuture<Boolean> done = CompletableFuture.supplyAsync(
                    () -> server.drainAndStop(System.nanoTime() + TimeUnit.SECONDS.toNanos(30)),
                    task -> Thread.ofPlatform().start(task));
            stopped = true;
            until("it drains", () -> server.repository().isDraining());
            assertThat(status(client, "GET", "/v2/health/ready")).isEqualTo("400");
            CompletableFuture<Http2Client.Answer> answer =
                    client.send("POST", "/v2/models/slow/infer", json(1)).answer();
            assertThat(answer.get(20, TimeUnit.SECONDS).status()).isEqualTo("200");
            assertThat(done.get(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void flagsThatDoNotGoWithItAreRefused() {
        for (String flag : List.of("--allow-grpc=false", "--allow-http=false")) {
            assertThatThrownBy(() -> RunningServers.config(repository, "--single-port=true", flag))
                    .isInstanceOf(CommandLineException.class)
                    .hasMessageContaining("--single-port serves HTTP and gRPC at --http-port");
        }
    }
}
