package dev.nereid.perf;

import dev.nereid.perf.model.Endpoint;
import dev.nereid.perf.model.ServerException;
import dev.nereid.perf.model.SpokenProtocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What was expected at an address: one line says what is there instead, and what to do.
 *
 * @param url as it was given
 */
record WrongProtocol(String url, boolean grpc, boolean tls) {
    /**
     * Refuses a host that there is not.
     *
     * @throws ServerException with one sentence
     */
    void checkHost(Endpoint endpoint) {
        try {
            InetAddress _ = InetAddress.getByName(endpoint.host());
        } catch (UnknownHostException e) {
            throw new ServerException(start() + "no address: there is no host '" + endpoint.host() + "'", e);
        }
    }

    /** What to say of a server whose first answer could not be read; empty where it speaks what was expected. */
    Optional<ServerException> explain(Endpoint endpoint, ServerException failure) {
        SpokenProtocol spoken;
        try {
            spoken = SpokenProtocol.at(endpoint);
        } catch (IOException e) {
            return Optional.of(new ServerException(start() + "no connection: " + reason(e), failure));
        }
        SpokenProtocol wanted = tls ? SpokenProtocol.TLS : grpc ? SpokenProtocol.HTTP2 : SpokenProtocol.HTTP;
        boolean asWanted = spoken == wanted || (tls && spoken == SpokenProtocol.NONE);
        return asWanted
                ? Optional.empty()
                : Optional.of(new ServerException(start() + spoken.text() + advice(spoken), failure));
    }

    private String start() {
        return url + ": expected " + (grpc ? "gRPC" : "HTTP") + (tls ? " over TLS" : " in plain text") + ", got ";
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private String advice(SpokenProtocol spoken) {
        List<String> flags = new ArrayList<>();
        boolean plain = spoken == SpokenProtocol.HTTP || spoken == SpokenProtocol.HTTP2;
        if (plain && grpc != (spoken == SpokenProtocol.HTTP2)) {
            flags.add(grpc ? "-i http, or the port of gRPC" : "-i grpc, or the port of HTTP");
        }
        if (plain && tls) {
            flags.add(grpc ? "no --ssl-grpc-use-ssl" : "no https://");
        }
        if (spoken == SpokenProtocol.TLS || spoken == SpokenProtocol.NONE) {
            flags.add(grpc ? "--ssl-grpc-use-ssl" : "a URL that begins with https://");
        }
        return flags.isEmpty() ? "" : "; give " + String.join(", and ", flags);
    }
}
