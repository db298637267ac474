package dev.nereid.server;

import static dev.nereid.server.RunningServers.channel;
import static dev.nereid.server.RunningServers.send;
import static dev.nereid.server.RunningServers.simpleMessage;
import static dev.nereid.server.RunningServers.simpleRequest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.StartException;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers on one port, as in Triton's suite on sockets. */
class SharedPortsTest {
    /** Connections until both servers have had one: that one has none of so many has a chance of one in 2^199. */
    private static final int MOST_CONNECTIONS = 200;

    @TempDir
    Path repository;

    @AutoClose
    private RunningServers servers;

    @BeforeEach
    void open() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            assumeTrue(
                    socket.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT),
                    "this system has no SO_REUSEPORT");
        }
        servers = new RunningServers(repository);
        servers.writeSimple("");
    }

    private static String port(Server server, Front front) {
        return String.valueOf(server.port(front).orElseThrow());
    }

    /** The requests that a server's model has had, asked in the process: over the port either may answer. */
    private static long requests(Server server) {
        return server.repository().find("simple", "").statistics().snapshot().inferenceCount();
    }

    @Test
    void shareTheConnectionsOfHttp() {
        Server one = servers.start("--reuse-http-port=1");
        Server other = servers.start("--reuse-http-port=true", "--http-port=" + port(one, Front.HTTP));
        assertThat(port(other, Front.HTTP)).isEqualTo(port(one, Front.HTTP));
        int sent = 0;
        while ((requests(one) == 0 || requests(other) == 0) && sent < MOST_CONNECTIONS) {
            send(one, Front.HTTP, "/v2/models/simple/infer", simpleRequest(""));
            sent++;
        }
        assertThat(requests(one)).isPositive();
        assertThat(requests(other)).isPositive();
        assertThat(requests(one) + requests(other)).isEqualTo(sent);
    }

    @Test
    void shareTheConnectionsOfGrpc() {
        Server one = servers.start("--reuse-grpc-port=1");
        Server other = servers.start("--reuse-grpc-port=1", "--grpc-port=" + port(one, Front.GRPC));
        int sent = 0;
        while ((requests(one) == 0 || requests(other) == 0) && sent < MOST_CONNECTIONS) {
            ManagedChannel channel = channel(one);
            ModelInferResponse _ = GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .modelInfer(simpleMessage().build());
            channel.shutdownNow();
            sent++;
        }
        assertThat(requests(one)).isPositive();
        assertThat(requests(other)).isPositive();
    }

    @Test
    void refuseAPortOfWhichOnlyOneSaysThatItIsShared() {
        Server one = servers.start("--reuse-http-port=1");
        assertThatThrownBy(() -> servers.start("--http-port=" + port(one, Front.HTTP)))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("already in use");
        Server alone = servers.start();
        assertThatThrownBy(() -> servers.start("--reuse-grpc-port=1", "--grpc-port=" + port(alone, Front.GRPC)))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("already in use");
    }
}
