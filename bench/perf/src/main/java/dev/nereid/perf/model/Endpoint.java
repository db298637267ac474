package dev.nereid.perf.model;

import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Where a server listens and how it wants to be spoken to.
 *
 * @param path in front of the protocol's own paths: empty, or beginning with a slash
 * @param headers sent with every request (metadata for gRPC)
 * @param tls empty for plain text
 */
public record Endpoint(String host, int port, String path, Map<String, String> headers, Optional<SSLContext> tls) {
    public Endpoint {
        headers = Map.copyOf(headers);
    }

    /** Reads {@code [http[s]://]host[:port][/path]}. */
    public static Endpoint parse(String url, int defaultPort, Map<String, String> headers, Optional<SSLContext> tls) {
        String rest = url;
        int scheme = rest.indexOf("://");
        if (scheme >= 0) {
            rest = rest.substring(scheme + 3);
        }
        int slash = rest.indexOf('/');
        String path = slash < 0 ? "" : rest.substring(slash).replaceAll("/+$", "");
        String authority = slash < 0 ? rest : rest.substring(0, slash);
        int colon = authority.lastIndexOf(':');
        boolean hasPort = colon >= 0 && authority.indexOf(']') < colon;
        String host = hasPort ? authority.substring(0, colon) : authority;
        int port = hasPort ? port(url, authority.substring(colon + 1)) : defaultPort;
        if (host.isEmpty()) {
            throw new IllegalArgumentException("expected host:port, got '" + url + "'");
        }
        return new Endpoint(host.replaceAll("^\\[|]$", ""), port, path, headers, tls);
    }

    private static int port(String url, String text) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port < 65536) {
                return port;
            }
        } catch (NumberFormatException _) {
            // The message below says what was expected.
        }
        throw new IllegalArgumentException("expected a port from 1 to 65535 in '" + url + "', got '" + text + "'");
    }

    /** The host as a URL writes it, with the port. */
    public String authority() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
