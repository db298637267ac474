package dev.nereid.server.http;

import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.BindAddress;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.tls.TlsConfig;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Where and how the HTTP front listens.
 *
 * @param address a host, or {@code unix:PATH}
 * @param port 0 for any free port
 * @param reusePort whether other servers may listen there too; the system deals connections out
 * @param serverName what server metadata calls this server
 * @param keys which API groups are restricted
 * @param forwarding which headers of an inference request become parameters of it
 * @param cors which web pages may read answers and send requests that change something
 * @param hosts which names requests may give in their Host header
 * @param dialect which answers are given where Triton's could be better
 * @param tls empty where it is served in the clear
 */
public record HttpConfig(
        String address,
        int port,
        boolean reusePort,
        String serverName,
        HttpLimits limits,
        ApiKeys keys,
        HeaderForwarding forwarding,
        Cors cors,
        AllowedHosts hosts,
        Dialect dialect,
        Optional<TlsConfig> tls) {
    public HttpConfig {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(serverName, "serverName");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(keys, "keys");
        Objects.requireNonNull(forwarding, "forwarding");
        Objects.requireNonNull(cors, "cors");
        Objects.requireNonNull(hosts, "hosts");
        Objects.requireNonNull(dialect, "dialect");
        Objects.requireNonNull(tls, "tls");
    }

    /** The default limits, nothing restricted, forwarded or read by web pages, and any host. */
    public static HttpConfig of(String address, int port, String serverName) {
        return new HttpConfig(
                address,
                port,
                false,
                serverName,
                HttpLimits.DEFAULT,
                ApiKeys.NONE,
                HeaderForwarding.NONE,
                Cors.NONE,
                AllowedHosts.ANY,
                Dialect.TRITON,
                Optional.empty());
    }

    /** What the front listens on. */
    public BindAddress bind() {
        return new BindAddress(address, port);
    }

    /** How long a client may take to take so many bytes of an answer. */
    public Duration writeTimeout(long bytes) {
        return limits.writeTimeout(bytes);
    }

    /** This configuration with a port that other servers may listen at too, or may not. */
    public HttpConfig withReusePort(boolean reuse) {
        return new HttpConfig(address, port, reuse, serverName, limits, keys, forwarding, cors, hosts, dialect, tls);
    }

    /** This configuration at another port, which is not shared. */
    public HttpConfig withPort(int newPort) {
        return new HttpConfig(address, newPort, false, serverName, limits, keys, forwarding, cors, hosts, dialect, tls);
    }

    /** This configuration at any free port of the loopback address. */
    public HttpConfig onLoopback() {
        return new HttpConfig("127.0.0.1", 0, false, serverName, limits, keys, forwarding, cors, hosts, dialect, tls);
    }

    /** This configuration with other limits. */
    public HttpConfig withLimits(HttpLimits newLimits) {
        return new HttpConfig(
                address, port, reusePort, serverName, newLimits, keys, forwarding, cors, hosts, dialect, tls);
    }

    /** This configuration with restricted API groups. */
    public HttpConfig withKeys(ApiKeys newKeys) {
        return new HttpConfig(
                address, port, reusePort, serverName, limits, newKeys, forwarding, cors, hosts, dialect, tls);
    }

    /** This configuration with headers that become parameters. */
    public HttpConfig withForwarding(HeaderForwarding newForwarding) {
        return new HttpConfig(
                address, port, reusePort, serverName, limits, keys, newForwarding, cors, hosts, dialect, tls);
    }

    /** This configuration with web pages that may read answers. */
    public HttpConfig withCors(Cors newCors) {
        return new HttpConfig(
                address, port, reusePort, serverName, limits, keys, forwarding, newCors, hosts, dialect, tls);
    }

    /** This configuration with another check of what requests call the server. */
    public HttpConfig withHosts(AllowedHosts newHosts) {
        return new HttpConfig(
                address, port, reusePort, serverName, limits, keys, forwarding, cors, newHosts, dialect, tls);
    }

    /** This configuration with another dialect. */
    public HttpConfig withDialect(Dialect newDialect) {
        return new HttpConfig(
                address, port, reusePort, serverName, limits, keys, forwarding, cors, hosts, newDialect, tls);
    }

    /** This configuration with or without TLS. */
    public HttpConfig withTls(Optional<TlsConfig> newTls) {
        return new HttpConfig(
                address, port, reusePort, serverName, limits, keys, forwarding, cors, hosts, dialect, newTls);
    }
}
