package dev.nereid.server.http.connection;

import java.time.Duration;

/**
 * What clients of the HTTP front may ask of it.
 *
 * @param mostInputBytes the most bytes that a JSON document, an input given in JSON, or a raw request may take
 * @param mostBodyBytes larger bodies are refused; nothing of them is kept
 * @param mostRequestLineBytes the longest first line of a request, with method and path
 * @param mostHeaderBytes the most bytes that a request's headers may take together
 * @param mostConnections further ones wait until one of these ends
 * @param idleTimeout a connection without a request is closed after this time
 * @param stallTimeout how long a client may send or take nothing in the middle of a request or an answer
 * @param leastBytesPerSecond slower transfers than this, beyond the stall timeout, end with the connection
 */
public record HttpLimits(
        long mostInputBytes,
        long mostBodyBytes,
        int mostRequestLineBytes,
        int mostHeaderBytes,
        int mostConnections,
        Duration idleTimeout,
        Duration stallTimeout,
        long leastBytesPerSecond) {
    private static final int KIBI = 1 << 10;
    private static final long MEBI = 1L << 20;
    private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(10);

    /**
     * Triton's limit of 64 MiB for inputs, and of 2 GiB, as for gRPC messages, for whole bodies; a request line as long as
     * Triton takes one, and headers of which eight may have the 8 KiB that Triton takes of each.
     */
    public static final HttpLimits DEFAULT = new HttpLimits(
            64 * MEBI,
            2048 * MEBI - 1,
            8 * KIBI,
            64 * KIBI,
            16_384,
            Duration.ofMinutes(5),
            Duration.ofSeconds(30),
            4096);

    public HttpLimits {
        if (mostInputBytes < 1 || mostBodyBytes < mostInputBytes || mostConnections < 1 || leastBytesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "expected positive limits, and no smaller one for bodies than for inputs,"
                            + " got " + mostInputBytes + ", " + mostBodyBytes + ", " + mostConnections + " and "
                            + leastBytesPerSecond);
        }
        if (mostRequestLineBytes < 1 || mostHeaderBytes < 1) {
            throw new IllegalArgumentException("expected positive limits for request line and headers, got "
                    + mostRequestLineBytes + " and " + mostHeaderBytes);
        }
        if (!idleTimeout.isPositive() || !stallTimeout.isPositive()) {
            throw new IllegalArgumentException(
                    "expected positive timeouts, got " + idleTimeout + " and " + stallTimeout);
        }
    }

    /** How long a client may take to take so many bytes of an answer. */
    public Duration writeTimeout(long bytes) {
        return stallTimeout.plusNanos(nanosAtLeastRate(bytes));
    }

    /** How long a client may take to set up TLS, of which nobody needs seconds. */
    public Duration handshakeTimeout() {
        return stallTimeout.compareTo(LONGEST_HANDSHAKE) < 0 ? stallTimeout : LONGEST_HANDSHAKE;
    }

    /** What so many bytes may take beyond the stall timeout. */
    long nanosAtLeastRate(long bytes) {
        return (long)
                ((double) bytes / leastBytesPerSecond * Duration.ofSeconds(1).toNanos());
    }

    /** These limits with another {@code --http-max-input-size}. */
    public HttpLimits withMostInputBytes(long bytes) {
        return new HttpLimits(
                bytes,
                Math.max(bytes, mostBodyBytes),
                mostRequestLineBytes,
                mostHeaderBytes,
                mostConnections,
                idleTimeout,
                stallTimeout,
                leastBytesPerSecond);
    }

    /** These limits with another {@code --http-max-connections}. */
    public HttpLimits withMostConnections(int connections) {
        return new HttpLimits(
                mostInputBytes,
                mostBodyBytes,
                mostRequestLineBytes,
                mostHeaderBytes,
                connections,
                idleTimeout,
                stallTimeout,
                leastBytesPerSecond);
    }

    /** These limits with other timeouts. */
    public HttpLimits withTimeouts(Duration idle, Duration stall) {
        return new HttpLimits(
                mostInputBytes,
                mostBodyBytes,
                mostRequestLineBytes,
                mostHeaderBytes,
                mostConnections,
                idle,
                stall,
                leastBytesPerSecond);
    }
}
