package dev.nereid.server.http;

import dev.nereid.server.tls.TlsConfig;
import java.util.Objects;
import java.util.Optional;

/**
 * Where metrics are served.
 *
 * @param port 0 for any free port
 * @param hosts which names requests may give in their Host header
 * @param tls empty where they are served in the clear
 */
public record MetricsConfig(String address, int port, AllowedHosts hosts, Optional<TlsConfig> tls) {
    public MetricsConfig {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(hosts, "hosts");
        Objects.requireNonNull(tls, "tls");
    }

    /** Served in the clear, to requests that may name any host. */
    public MetricsConfig(String address, int port) {
        this(address, port, AllowedHosts.ANY, Optional.empty());
    }
}
