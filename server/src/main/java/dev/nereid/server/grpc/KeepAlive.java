package dev.nereid.server.grpc;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How connections are kept alive and recycled. Zero means no limit for the two ages.
 *
 * @param time between two pings of the server
 * @param timeout to wait for a ping's answer
 * @param permitWithoutCalls whether clients may ping connections without a call
 * @param leastPingInterval clients that ping more often are disconnected
 * @param connectionAge after which a connection is closed
 * @param connectionAgeGrace that calls then get to finish
 */
public record KeepAlive(
        Duration time,
        Duration timeout,
        boolean permitWithoutCalls,
        Duration leastPingInterval,
        Duration connectionAge,
        Duration connectionAgeGrace) {
    /** Triton's defaults. */
    public static final KeepAlive DEFAULT = new KeepAlive(
            Duration.ofHours(2), Duration.ofSeconds(20), false, Duration.ofMinutes(5), Duration.ZERO, Duration.ZERO);

    public KeepAlive {
        if (!time.isPositive() || !timeout.isPositive()) {
            throw new IllegalArgumentException("expected positive times, got " + time + " and " + timeout);
        }
        if (leastPingInterval.isNegative() || connectionAge.isNegative() || connectionAgeGrace.isNegative()) {
            throw new IllegalArgumentException("expected no negative time, got " + leastPingInterval + ", "
                    + connectionAge + " and " + connectionAgeGrace);
        }
    }

    void apply(NettyServerBuilder server) {
        server.keepAliveTime(time.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .permitKeepAliveWithoutCalls(permitWithoutCalls)
                .permitKeepAliveTime(leastPingInterval.toMillis(), TimeUnit.MILLISECONDS);
        if (connectionAge.isPositive()) {
            server.maxConnectionAge(connectionAge.toMillis(), TimeUnit.MILLISECONDS);
        }
        if (connectionAgeGrace.isPositive()) {
            server.maxConnectionAgeGrace(connectionAgeGrace.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
