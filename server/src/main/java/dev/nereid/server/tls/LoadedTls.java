package dev.nereid.server.tls;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/**
 * What was read of a front's files. Other contents make another one, with another context: a client whose authority is trusted
 * no more cannot resume a session of the old one. Immutable.
 *
 * @param key shows the server's certificate
 * @param clients takes clients' certificates; empty where they need none
 * @param context makes the server's side of connections
 * @param notAfter the end of the certificate
 */
public record LoadedTls(
        TlsConfig config, KeyManager key, Optional<TrustManager> clients, SSLContext context, Instant notAfter) {
    /** What each connection asks for. */
    public SSLParameters parameters() {
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(protocols().toArray(String[]::new));
        if (!config.ciphers().isEmpty()) {
            parameters.setCipherSuites(config.ciphers().toArray(String[]::new));
        }
        parameters.setNeedClientAuth(clients.isPresent());
        return parameters;
    }

    /** The versions that are spoken, by the JDK's names. */
    public List<String> protocols() {
        return config.minimum().protocols();
    }
}
