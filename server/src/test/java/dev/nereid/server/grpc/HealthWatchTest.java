package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.health.HealthCheckRequest;
import dev.nereid.proto.health.HealthCheckResponse;
import dev.nereid.proto.health.HealthCheckResponse.ServingStatus;
import dev.nereid.proto.health.HealthGrpc;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthWatchTest {
    private static final HealthCheckRequest REQUEST =
            HealthCheckRequest.newBuilder().setService("any").build();

    private final AtomicBoolean ready = new AtomicBoolean();
    private final HealthService health = new HealthService(ready::get, () -> {});
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(health)
                .build()
                .start();
        channel = RunningFront.channel(server.getPort());
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        health.close();
        server.shutdownNow();
    }

    /** What a Watch call is told: statuses, and at its end the word. */
    private BlockingQueue<String> watch() {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        HealthGrpc.newStub(channel).watch(REQUEST, new StreamObserver<>() {
            @Override
            public void onNext(HealthCheckResponse response) {
                told.add(response.getStatus().name());
            }

            @Override
            public void onError(Throwable error) {
                told.add(error.toString());
            }

            @Override
            public void onCompleted() {
                told.add("completed");
            }
        });
        return told;
    }

    private static String next(BlockingQueue<String> told) throws InterruptedException {
        return String.valueOf(told.poll(30, TimeUnit.SECONDS));
    }

    @Test
    void tellsTheHealthNowAndAfterEveryChange() throws InterruptedException {
        BlockingQueue<String> told = watch();
        assertThat(next(told)).isEqualTo("NOT_SERVING");

        ready.set(true);
        assertThat(next(told)).isEqualTo("SERVING");

        BlockingQueue<String> later = watch();
        assertThat(next(later)).isEqualTo("SERVING");

        ready.set(false);
        assertThat(next(told)).isEqualTo("NOT_SERVING");
        assertThat(next(later)).isEqualTo("NOT_SERVING");
        assertThat(told).isEmpty();
    }

    @Test
    void tellsOfTheEndAndEndsCallsThatComeBehindIt() throws InterruptedException {
        ready.set(true);
        BlockingQueue<String> told = watch();
        assertThat(next(told)).isEqualTo("SERVING");

        health.close();
        assertThat(next(told)).isEqualTo("NOT_SERVING");
        assertThat(next(told)).isEqualTo("completed");

        BlockingQueue<String> late = watch();
        assertThat(next(late)).isEqualTo("NOT_SERVING");
        assertThat(next(late)).isEqualTo("completed");
    }

    @Test
    void keepsAThreadWhileAnybodyWatches() throws Exception {
        Context.CancellableContext call = Context.current().withCancellation();
        BlockingQueue<String> told = call.call(this::watch);
        assertThat(next(told)).isEqualTo("NOT_SERVING");
        assertThat(isLooking()).isTrue();

        call.cancel(null);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (isLooking() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertThat(isLooking()).isFalse();

        assertThat(next(watch())).isEqualTo("NOT_SERVING");
        assertThat(isLooking()).isTrue();
    }

    private static boolean isLooking() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("grpc-health"));
    }

    @Test
    void checkIsTheHealthNow() {
        assertThat(HealthGrpc.newBlockingStub(channel).check(REQUEST).getStatus())
                .isEqualTo(ServingStatus.NOT_SERVING);
        ready.set(true);
        assertThat(HealthGrpc.newBlockingStub(channel).check(REQUEST).getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }
}
