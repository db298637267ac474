package dev.nereid.server.http;

import java.util.Objects;

/**
 * Where metrics are served.
 *
 * @param port 0 for any free port
 */
public record MetricsConfig(String address, int port) {
    public MetricsConfig {
        Objects.requireNonNull(address, "address");
    }
}
