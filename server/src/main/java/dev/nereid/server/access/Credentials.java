package dev.nereid.server.access;

import java.security.cert.X509Certificate;
import java.util.Optional;

/** What a request shows of who sends it. */
public interface Credentials {
    /** The first value of a header or of metadata; names are in lower case. */
    Optional<String> header(String name);

    /** The certificate that the client has shown, which TLS has checked; empty where it needed none. */
    Optional<X509Certificate> certificate();
}
