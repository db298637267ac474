package dev.nereid.server.grpc;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What clients of the gRPC front may ask of it.
 *
 * @param mostConnections further ones are closed at once
 * @param mostCallsPerConnection calls that one connection may have at a time; further ones are refused
 * @param mostResets calls that a client may reset within {@link #RESET_WINDOW} on one connection; more close it
 * @param readTimeout how long a client may take to send a frame of HTTP/2, or the headers of a call, from the first byte to
 *     the last, and at most 10 seconds of it to begin a connection; slower ones are closed
 * @param idleTimeout a connection without a call is closed after this time; zero for never
 */
public record GrpcLimits(
        int mostConnections, int mostCallsPerConnection, int mostResets, Duration readTimeout, Duration idleTimeout) {
    public static final GrpcLimits DEFAULT =
            new GrpcLimits(16_384, 1024, 2048, Duration.ofSeconds(30), Duration.ofMinutes(5));

    static final Duration RESET_WINDOW = Duration.ofSeconds(10);

    /** The most bytes of a call's metadata, counted as HTTP/2 does; the HTTP front takes as many of headers. */
    static final int MOST_METADATA_BYTES = 64 << 10;

    /**
     * Metadata up to this size are read, so that only their call is refused; beyond it the library ends the connection, as it
     * cannot go on without the state of their compression.
     */
    static final int READ_METADATA_BYTES = 256 << 10;

    private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(10);

    /** Calls at a time of all connections together, in shares of what one connection may have. */
    private static final int FULL_CONNECTIONS = 64;

    public GrpcLimits {
        if (mostConnections < 1 || mostCallsPerConnection < 1 || mostResets < 1) {
            throw new IllegalArgumentException("expected positive limits, got " + mostConnections + ", "
                    + mostCallsPerConnection + " and " + mostResets);
        }
        if (!readTimeout.isPositive() || idleTimeout.isNegative()) {
            throw new IllegalArgumentException("expected a positive time to read and no negative idle time, got "
                    + readTimeout + " and " + idleTimeout);
        }
    }

    /** Calls at a time of all connections together. */
    int mostCalls() {
        return (int) Math.min((long) FULL_CONNECTIONS * mostCallsPerConnection, Integer.MAX_VALUE);
    }

    /** How long a client may take to begin a connection, of which nobody needs seconds. */
    Duration handshakeTimeout() {
        return readTimeout.compareTo(LONGEST_HANDSHAKE) < 0 ? readTimeout : LONGEST_HANDSHAKE;
    }

    void apply(NettyServerBuilder server) {
        server.maxConcurrentCallsPerConnection(mostCallsPerConnection)
                .maxRstFramesPerWindow(mostResets, (int) RESET_WINDOW.toSeconds())
                .maxInboundMetadataSize(READ_METADATA_BYTES)
                .handshakeTimeout(handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS);
        if (idleTimeout.isPositive()) {
            server.maxConnectionIdle(idleTimeout.toMillis(), TimeUnit.MILLISECONDS);
        }
        server.intercept(new CallLimits(this));
    }
}
