package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.InferException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Objects;

/**
 * Where a front listens.
 *
 * @param port 0 for any free port
 */
public record ListenAddress(String host, int port) {
    private static final int MOST_PORT = 65_535;
    private static final int HTTP_PORT = 80;

    public ListenAddress {
        Objects.requireNonNull(host, "host");
        if (port < 0 || port > MOST_PORT) {
            throw InferException.invalid("expected a port from 0 to " + MOST_PORT + ", got " + port);
        }
    }

    /**
     * Reads {@code http://host:port}.
     *
     * @throws InferException if it is none, or asks for TLS or a socket of the file system, which are not served
     */
    static ListenAddress parse(String key, String text) {
        if (text.startsWith("https:")) {
            throw InferException.invalid(
                    key + "=" + text + ": HTTP is served in the clear: expected http://host:port, with a "
                            + "proxy in front that ends TLS");
        }
        if (text.startsWith("unix:")) {
            throw InferException.invalid(
                    key + "=" + text + ": sockets of the file system are not served: expected http://host:port");
        }
        try {
            URI uri = new URI(text);
            String host = uri.getHost();
            if ("http".equals(uri.getScheme()) && host != null) {
                String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
                return new ListenAddress(plain, uri.getPort() < 0 ? HTTP_PORT : uri.getPort());
            }
        } catch (URISyntaxException e) {
            // Refused below.
        }
        throw InferException.invalid(key + ": expected http://host:port, got '" + text + "'");
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
