package dev.nereid.server;

import static dev.nereid.server.RunningServers.simpleMessage;
import static dev.nereid.server.RunningServers.simpleRequest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.tensorflow.GetModelMetadataRequest;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.StartException;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that listen on Unix domain sockets in place of ports. */
class UnixSocketServerTest {
    private static final int MEGABYTE = 1 << 20;

    @TempDir
    Path repository;

    @TempDir
    Path sockets;

    @AutoClose
    private RunningServers servers;

    @BeforeEach
    void open() throws IOException {
        servers = new RunningServers(repository);
        servers.writeSimple("");
    }

    private String at(String name) {
        return "unix:" + sockets.resolve(name);
    }

    /** An answer to a request over a connection of its own, with its status line and headers. */
    private String http(String name, String request) throws IOException {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(sockets.resolve(name)))) {
            ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                client.write(bytes);
            }
            return new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String post(String path, String body) {
        return "POST %s HTTP/1.1\r\nHost: anything.example\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(path, body.length(), body);
    }

    private <T> T grpc(String name, Function<ManagedChannel, T> call) {
        try (EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory())) {
            ManagedChannel channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(sockets.resolve(name)))
                    .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                    .eventLoopGroup(loops)
                    .usePlaintext()
                    .build();
            try {
                return call.apply(channel);
            } finally {
                channel.shutdownNow();
            }
        }
    }

    @Test
    void answerHttp() throws IOException {
        Server server =
                servers.start("--http-address=" + at("http"), "--allow-grpc=false", "--metrics-address=127.0.0.1");
        assertThat(http("http", post("/v2/models/simple/infer", simpleRequest(""))))
                .startsWith("HTTP/1.1 200")
                .contains("[2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32]");
        String spaces = " ".repeat(MEGABYTE);
        assertThat(http("http", post("/v2/models/simple/infer", simpleRequest(spaces))))
                .startsWith("HTTP/1.1 200");
        server.stop();
        assertThat(sockets.resolve("http")).doesNotExist();
    }

    @Test
    void answerGrpc() {
        Server server = servers.start("--grpc-address=" + at("grpc"));
        assertThat(grpc(
                                "grpc",
                                channel -> GRPCInferenceServiceGrpc.newBlockingStub(channel)
                                        .modelInfer(simpleMessage().build()))
                        .getOutputsCount())
                .isEqualTo(2);
        server.stop();
        assertThat(sockets.resolve("grpc")).doesNotExist();
    }

    @Test
    void answerTensorflowBesideThePort() {
        servers.start("--tensorflow-grpc-port=0", "--tensorflow-grpc-socket=" + sockets.resolve("tensorflow"));
        GetModelMetadataRequest request = GetModelMetadataRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName("simple"))
                .addMetadataField("signature_def")
                .build();
        assertThat(grpc(
                                "tensorflow",
                                channel -> PredictionServiceGrpc.newBlockingStub(channel)
                                        .getModelMetadata(request))
                        .getModelSpec()
                        .getName())
                .isEqualTo("simple");
    }

    @Test
    void takeThePlaceOfASocketThatAProcessLeftBehind() throws IOException {
        try (ServerSocketChannel before = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            before.bind(UnixDomainSocketAddress.of(sockets.resolve("http")));
        }
        assertThat(sockets.resolve("http")).exists();
        servers.start("--http-address=" + at("http"), "--metrics-address=127.0.0.1");
        assertThat(http("http", "GET /v2/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void leaveWhatIsNotTheirs() throws IOException {
        Server first = servers.start("--http-address=" + at("http"), "--metrics-address=127.0.0.1");
        assertThatThrownBy(() -> servers.start("--http-address=" + at("http"), "--metrics-address=127.0.0.1"))
                .isInstanceOf(StartException.class)
                .hasMessage("HTTP cannot listen on " + at("http") + ": Address already in use; choose another path");
        assertThat(http("http", "GET /v2/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        first.stop();
        Path file = Files.writeString(sockets.resolve("notes"), "kept");
        assertThatThrownBy(() -> servers.start("--grpc-address=" + at("notes")))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("there is a file of that name which is no socket");
        assertThat(file).hasContent("kept");
    }

    @Test
    void areOfOneFrontEach() {
        assertThatThrownBy(() -> servers.start("--http-address=" + at("one"), "--grpc-address=" + at("one")))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("at the same address and port " + at("one"));
    }

    @Test
    void answerTorchServe() throws IOException {
        Path store = Files.createDirectory(sockets.resolve("store"));
        TorchServeServers.archive(store, "halves.mar", "halves", "1.0");
        Server server = TorchServeServers.start(
                sockets,
                Map.of(
                        "inference_address",
                        at("torchserve"),
                        "model_store",
                        store.toString(),
                        "load_models",
                        "all",
                        "disable_token_authorization",
                        "true"),
                false);
        try {
            Until.until("the model has its worker", () -> ping().contains("Healthy"));
            assertThat(http("torchserve", post("/predictions/halves", "{\"instances\":[[2,4]]}")))
                    .startsWith("HTTP/1.1 200")
                    .contains("1.0");
            assertThat(server.port(Front.TORCHSERVE_MANAGEMENT)).isPresent();
        } finally {
            server.stop();
        }
    }

    private String ping() {
        try {
            return http("torchserve", "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
