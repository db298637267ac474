package dev.nereid.server.http;

import java.util.Objects;

/**
 * Where metrics are served.
 *
 * @param port 0 for any free port
 * @param hosts which names requests may give in their Host header
 */
public record MetricsConfig(String address, int port, AllowedHosts hosts) {
    public MetricsConfig {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(hosts, "hosts");
    }

    /** Where requests may name any host. */
    public MetricsConfig(String address, int port) {
        this(address, port, AllowedHosts.ANY);
    }
}
