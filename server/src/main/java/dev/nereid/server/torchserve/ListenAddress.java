package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.InferException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Objects;

/**
 * Where a front listens.
 *
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
     * Reads {@code http://host:port} and {@code https://host:port}.
     *
     * @throws InferException if it is none, or a socket of the file system, which is not served
     */
    static ListenAddress parse(String key, String text) {
        if (text.startsWith("unix:")) {
            throw InferException.invalid(
                    key + "=" + text + ": sockets of the file system are not served: expected http://host:port");
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
        throw InferException.invalid(key + ": expected http://host:port or https://host:port, got '" + text + "'");
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
