package dev.nereid.server.tls;

import dev.nereid.server.watch.FileContents;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * What a front shows to its clients, and asks of them. The JDK's own TLS does the work.
 *
 * @param certificate the files of its certificate and key
 * @param clientAuthority PEM file of the authorities whose certificates clients must show; where it is absent they need none
 * @param minimum the oldest version that is spoken
 * @param ciphers the cipher suites that are offered, by the JDK's names; empty for the JDK's choice
 */
public record TlsConfig(
        ServerTls certificate, Optional<Path> clientAuthority, TlsVersion minimum, List<String> ciphers) {
    public TlsConfig {
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(clientAuthority, "clientAuthority");
        Objects.requireNonNull(minimum, "minimum");
        ciphers = List.copyOf(ciphers);
    }

    /** A front that asks nothing of its clients. */
    public static TlsConfig of(ServerTls certificate) {
        return of(certificate, Optional.empty());
    }

    /** A front with the usual versions and cipher suites. */
    public static TlsConfig of(ServerTls certificate, Optional<Path> clientAuthority) {
        return new TlsConfig(certificate, clientAuthority, TlsVersion.TLS_1_2, List.of());
    }

    /** All files that are read, the certificate's first. */
    List<Path> files() {
        return Stream.concat(certificate.files().stream(), clientAuthority.stream())
                .toList();
    }

    /**
     * Makes sure that the files hold what they should, a certificate that is valid now and its key.
     *
     * @throws IllegalArgumentException with a sentence that names what does not
     */
    public void check() {
        var _ = load(FileContents.read(files()));
    }

    /**
     * Makes TLS of what the files hold.
     *
     * @throws IllegalArgumentException with a sentence that names what does not hold what it should
     */
    LoadedTls load(FileContents contents) {
        try {
            ServerTls.Identity identity = certificate.identity(contents);
            Optional<TrustManager> clients = Optional.empty();
            if (clientAuthority.isPresent()) {
                clients =
                        Optional.of(PemFiles.trustManagers(PemFiles.certificates(contents, clientAuthority.get()))[0]);
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {identity.manager()}, clients.stream().toArray(TrustManager[]::new), null);
            checkCiphers(context);
            return new LoadedTls(
                    this,
                    identity.manager(),
                    clients,
                    context,
                    identity.own().getNotAfter().toInstant());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private void checkCiphers(SSLContext context) {
        List<String> unknown = new ArrayList<>(ciphers);
        unknown.removeAll(List.of(context.getSupportedSSLParameters().getCipherSuites()));
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("TLS needs cipher suites that this JDK has, such as "
                    + context.getDefaultSSLParameters().getCipherSuites()[0] + ", got " + String.join(", ", unknown));
        }
    }
}
