package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.BindAddress;
import dev.nereid.server.protocol.InferException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Objects;

/**
 * Where a front listens.
 *
 * @param host a host, or {@code unix:PATH}
 * @param port 0 for any free port
 * @param tls whether connections have TLS
 */
public record ListenAddress(String host, int port, boolean tls) {
    private static final int MOST_PORT = 65_535;
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    public ListenAddress {
        Objects.requireNonNull(host, "host");
        if (port < 0 || port > MOST_PORT) {
            throw InferException.invalid("expected a port from 0 to " + MOST_PORT + ", got " + port);
        }
    }

    /** Without TLS. */
    public ListenAddress(String host, int port) {
        this(host, port, false);
    }

    /**
     * Reads {@code http://host:port}, {@code https://host:port} and {@code unix:PATH}.
     *
     * @throws InferException if it is none
     */
    static ListenAddress parse(String key, String text) {
        if (BindAddress.isUnixSocket(text)) {
            try {
                return new ListenAddress(new BindAddress(text, 0).toString(), 0);
            } catch (IllegalArgumentException e) {
                throw InferException.invalid(key + ": " + e.getMessage());
            }
        }
        try {
            URI uri = new URI(text);
            String host = uri.getHost();
            boolean tls = "https".equals(uri.getScheme());
            if ((tls || "http".equals(uri.getScheme())) && host != null) {
                String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
                int usual = tls ? HTTPS_PORT : HTTP_PORT;
                return new ListenAddress(plain, uri.getPort() < 0 ? usual : uri.getPort(), tls);
            }
        } catch (URISyntaxException e) {
            // Refused below.
        }
        throw InferException.invalid(
                key + ": expected http://host:port, https://host:port or unix:PATH, got '" + text + "'");
    }

    /** What the front listens on. */
    public BindAddress bind() {
        return new BindAddress(host, port);
    }

    /** Whether each front with this address has a port of its own. */
    public boolean isAnyPort() {
        return port == 0 && !BindAddress.isUnixSocket(host);
    }

    @Override
    public String toString() {
        return bind().toString();
    }
}
