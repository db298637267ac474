package dev.nereid.server.http;

import dev.nereid.server.access.Credentials;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** What an HTTP request shows of who sends it. */
record RequestCredentials(ServerRequest request) implements Credentials {
    @Override
    public Optional<String> header(String name) {
        return request.headers().first(HeaderNames.create(name));
    }

    @Override
    public Optional<X509Certificate> certificate() {
        return request.remotePeer()
                .tlsCertificates()
                .filter(chain -> chain.length > 0 && chain[0] instanceof X509Certificate)
                .map(chain -> (X509Certificate) chain[0]);
    }
}
