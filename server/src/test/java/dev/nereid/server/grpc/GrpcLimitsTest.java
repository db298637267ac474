package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.health.HealthCheckRequest;
import dev.nereid.proto.health.HealthCheckResponse.ServingStatus;
import dev.nereid.proto.health.HealthGrpc;
import dev.nereid.server.Until;
import dev.nereid.server.hostile.HostileConnections;
import dev.nereid.server.hostile.Http2Wire;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections of clients that write frames of HTTP/2 by themselves, to hold more than they may or to hold it for ever. */
@Tag("found-3")
@Timeout(60)
class GrpcLimitsTest {
    private static final String INFER = "/inference.GRPCInferenceService/ModelInfer";
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    private Path root;

    private static GrpcLimits limits(int connections, int calls, int resets) {
        return new GrpcLimits(connections, calls, resets, LONG, Duration.ZERO);
    }

    private static GrpcLimits timeouts(Duration read, Duration idle) {
        return new GrpcLimits(100, 100, 100, read, idle);
    }

    private static boolean isServing(RunningFront running) {
        return HealthGrpc.newBlockingStub(running.channel())
                        .withDeadlineAfter(LONG)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus()
                == ServingStatus.SERVING;
    }

    /** What comes for calls, all of which are unfinished, whether or not the client has agreed to the limit. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesUnfinishedCallsBeyondTheLimitOfAConnection(boolean acknowledges) throws IOException {
        int most = 16;
        try (RunningFront running = new RunningFront(root, limits(100, most, 1000));
                Http2Wire wire = Http2Wire.begin(running.port())) {
            wire.receive(Http2Wire.SETTINGS);
            if (acknowledges) {
                wire.send(Http2Wire.frame(Http2Wire.SETTINGS, Http2Wire.ACK, 0));
            }
            int calls = 3 * most;
            for (int i = 0; i < calls; i++) {
                wire.send(Http2Wire.call(2 * i + 1, INFER));
            }
            for (int i = most; i < calls; i++) {
                Http2Wire.Frame refusal = wire.receive(Http2Wire.RESET).orElseThrow();
                assertThat(refusal.stream()).isEqualTo(2 * i + 1);
                assertThat(refusal.errorCode()).isEqualTo(Http2Wire.REFUSED_STREAM);
            }
            assertThat(isServing(running)).isTrue();

            wire.send(Http2Wire.reset(1)).send(Http2Wire.call(2 * calls + 1, INFER));
            wire.send(Http2Wire.call(2 * calls + 3, INFER));
            assertThat(wire.receive(Http2Wire.RESET).orElseThrow().stream())
                    .as("the reset call made room for one")
                    .isEqualTo(2 * calls + 3);
        }
    }

    @Test
    void limitsTheCallsOfAllConnectionsTogether() throws IOException {
        GrpcLimits limits = limits(200, 2, 1000);
        try (RunningFront running = new RunningFront(root, limits)) {
            List<Http2Wire> wires = new ArrayList<>();
            for (int i = 0; i < limits.mostCalls() / 2; i++) {
                Http2Wire wire = Http2Wire.begin(running.port());
                wires.add(wire);
                wire.send(Http2Wire.call(1, INFER)).send(Http2Wire.call(3, INFER));
                // The third is refused for the connection: by then the others are there.
                assertThat(wire.send(Http2Wire.call(5, INFER)).receive(Http2Wire.RESET))
                        .isPresent();
            }
            assertThatThrownBy(() -> isServing(running)).hasMessageContaining("calls of all connections");
            for (Http2Wire wire : wires) {
                wire.close();
            }
            Until.until("calls are taken again", () -> {
                try {
                    return isServing(running);
                } catch (StatusRuntimeException e) {
                    return false;
                }
            });
        }
    }

    @Test
    void closesAConnectionWhoseClientResetsItsCalls() throws IOException {
        int most = 100;
        try (RunningFront running = new RunningFront(root, limits(100, 100, most));
                Http2Wire wire = Http2Wire.begin(running.port())) {
            int calls = 0;
            try {
                while (calls < 20 * most) {
                    wire.send(Http2Wire.call(2 * calls + 1, INFER)).send(Http2Wire.reset(2 * calls + 1));
                    calls++;
                }
            } catch (IOException e) {
                // Closed, as it should be.
            }
            List<Http2Wire.Frame> frames = wire.receiveAll();
            assertThat(frames).anySatisfy(frame -> {
                assertThat(frame.type()).isEqualTo(Http2Wire.GO_AWAY);
                assertThat(frame.errorCode()).isEqualTo(Http2Wire.ENHANCE_YOUR_CALM);
            });
            assertThat(isServing(running)).isTrue();
        }
    }

    @Test
    void closesConnectionsThatDoNotEndWhatTheyBegin() throws IOException {
        try (RunningFront running = new RunningFront(root, timeouts(SHORT, Duration.ZERO))) {
            for (byte[] half : HostileConnections.halves()) {
                long start = System.nanoTime();
                HostileConnections.sendHalf(running.port(), half);
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .as("after %d bytes", half.length)
                        .isGreaterThanOrEqualTo(SHORT.minusMillis(10));
            }
            assertThat(isServing(running)).isTrue();
        }
    }

    /** The limit is not one of silence. */
    @Test
    void closesAConnectionThatDripsAFrame() throws IOException, InterruptedException {
        try (RunningFront running = new RunningFront(root, timeouts(SHORT, Duration.ZERO));
                Http2Wire wire = Http2Wire.begin(running.port())) {
            byte[] frame = Http2Wire.frame(Http2Wire.HEADERS, Http2Wire.END_HEADERS, 1, new byte[3000]);
            int sent = 0;
            try {
                for (; sent < frame.length; sent++) {
                    wire.send(new byte[] {frame[sent]});
                    Thread.sleep(10);
                }
            } catch (IOException e) {
                // Closed, as it should be.
            }
            assertThat(sent).isLessThan(frame.length);
        }
    }

    @Test
    void keepsAConnectionWithoutFramesAndACallWithoutMessages() throws IOException, InterruptedException {
        try (RunningFront running = new RunningFront(root, timeouts(SHORT, Duration.ZERO));
                Http2Wire wire = Http2Wire.begin(running.port())) {
            assertThat(isServing(running)).isTrue();
            wire.send(Http2Wire.call(1, INFER));
            Thread.sleep(4 * SHORT.toMillis());
            assertThat(isServing(running)).isTrue();
            byte[] empty = new byte[5]; // the prefix of a message of no bytes: one without a model
            wire.send(Http2Wire.frame(Http2Wire.DATA, Http2Wire.END_STREAM, 1, empty));
            assertThat(wire.receive(Http2Wire.HEADERS)).isPresent();
        }
    }

    @Test
    void closesAConnectionThatHasBeenIdle() throws IOException {
        try (RunningFront running = new RunningFront(root, timeouts(LONG, SHORT));
                Http2Wire wire = Http2Wire.begin(running.port())) {
            Optional<Http2Wire.Frame> goodbye = wire.receive(Http2Wire.GO_AWAY);
            assertThat(goodbye.orElseThrow().errorCode()).as("no error").isZero();
        }
    }

    @Test
    void takesNoMoreConnectionsThanItMay() throws IOException {
        try (RunningFront running = new RunningFront(root, limits(2, 100, 100));
                Http2Wire one = Http2Wire.begin(running.port());
                Http2Wire two = Http2Wire.begin(running.port())) {
            assertThat(one.receive(Http2Wire.SETTINGS)).isPresent();
            assertThat(two.receive(Http2Wire.SETTINGS)).isPresent();
            try (Http2Wire three = new Http2Wire(running.port())) {
                three.receiveAll(); // returns as it ends
            }
            one.hangUp();
            Until.until("a connection is taken again", () -> {
                try (Http2Wire four = Http2Wire.begin(running.port())) {
                    return four.receive(Http2Wire.SETTINGS).isPresent();
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }

    /** Another client notices nothing of one that opens and resets calls as fast as it can, over and over. */
    @Test
    void answersAnHonestClientDuringResets() throws IOException, InterruptedException {
        try (RunningFront running = new RunningFront(root, GrpcLimits.DEFAULT)) {
            Thread attacker = Thread.ofPlatform().daemon().start(() -> resets(running.port()));
            ManagedChannel honest = RunningFront.channel(running.port());
            try {
                while (attacker.isAlive()) {
                    assertThat(HealthGrpc.newBlockingStub(honest)
                                    .withDeadlineAfter(LONG)
                                    .check(HealthCheckRequest.getDefaultInstance())
                                    .getStatus())
                            .isEqualTo(ServingStatus.SERVING);
                }
            } finally {
                honest.shutdownNow();
                honest.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS);
                attacker.join();
            }
        }
    }

    private static void resets(int port) {
        for (int connection = 0; connection < 3; connection++) {
            try {
                HostileConnections.resetCalls(port, 10_000);
            } catch (IOException e) {
                // The server has closed it.
            }
        }
    }
}
