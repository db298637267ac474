package dev.nereid.server.http;

import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.HeaderForwarding;
import java.time.Duration;
import java.util.Objects;

/**
 * Where and how the HTTP front listens.
 *
 * @param port 0 for any free port
 * @param serverName what server metadata calls this server
 * @param mostInputBytes the most bytes that a JSON document, an input given in JSON, or a raw request may take
 * @param mostBodyBytes a larger Content-Length is refused before anything is read
 * @param mostConnections further ones wait until one of these ends
 * @param idleTimeout a connection without a request is closed after this time
 * @param stallTimeout how long a client may send or take nothing in the middle of a request or an answer
 * @param leastBytesPerSecond slower transfers than this, beyond the stall timeout, end with the connection
 * @param keys which calls are guarded
 * @param forwarding which headers of an inference request become parameters of it
 */
public record HttpConfig(
        String address,
        int port,
        String serverName,
        long mostInputBytes,
        long mostBodyBytes,
        int mostConnections,
        Duration idleTimeout,
        Duration stallTimeout,
        long leastBytesPerSecond,
        ApiKeys keys,
        HeaderForwarding forwarding) {
    private static final long MEBI = 1L << 20;

    public HttpConfig {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(serverName, "serverName");
        Objects.requireNonNull(keys, "keys");
        Objects.requireNonNull(forwarding, "forwarding");
        if (mostInputBytes < 1 || mostBodyBytes < mostInputBytes || mostConnections < 1 || leastBytesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "expected positive limits, and no smaller one for bodies than for inputs,"
                            + " got " + mostInputBytes + ", " + mostBodyBytes + ", " + mostConnections + " and "
                            + leastBytesPerSecond);
        }
        if (!idleTimeout.isPositive() || !stallTimeout.isPositive()) {
            throw new IllegalArgumentException(
                    "expected positive timeouts, got " + idleTimeout + " and " + stallTimeout);
        }
    }

    /** The defaults: Triton's limit of 64 MiB for inputs, and of 2 GiB, as for gRPC messages, for whole bodies. */
    public static HttpConfig of(String address, int port, String serverName) {
        return new HttpConfig(
                address,
                port,
                serverName,
                64 * MEBI,
                2048 * MEBI - 1,
                16_384,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                4096,
                ApiKeys.NONE,
                HeaderForwarding.NONE);
    }

    /** This configuration with another {@code --http-max-input-size}. */
    public HttpConfig withMostInputBytes(long bytes) {
        return new HttpConfig(
                address,
                port,
                serverName,
                bytes,
                Math.max(bytes, mostBodyBytes),
                mostConnections,
                idleTimeout,
                stallTimeout,
                leastBytesPerSecond,
                keys,
                forwarding);
    }

    /** This configuration with other timeouts. */
    public HttpConfig withTimeouts(Duration idle, Duration stall) {
        return new HttpConfig(
                address,
                port,
                serverName,
                mostInputBytes,
                mostBodyBytes,
                mostConnections,
                idle,
                stall,
                leastBytesPerSecond,
                keys,
                forwarding);
    }

    /** This configuration with guarded calls. */
    public HttpConfig withKeys(ApiKeys newKeys) {
        return new HttpConfig(
                address,
                port,
                serverName,
                mostInputBytes,
                mostBodyBytes,
                mostConnections,
                idleTimeout,
                stallTimeout,
                leastBytesPerSecond,
                newKeys,
                forwarding);
    }

    /** This configuration with headers that become parameters. */
    public HttpConfig withForwarding(HeaderForwarding newForwarding) {
        return new HttpConfig(
                address,
                port,
                serverName,
                mostInputBytes,
                mostBodyBytes,
                mostConnections,
                idleTimeout,
                stallTimeout,
                leastBytesPerSecond,
                keys,
                newForwarding);
    }
}
