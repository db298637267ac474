package dev.nereid.server.tls;

import dev.nereid.server.watch.FileContents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * How to connect to a server with TLS: its certificate must be of an authority that is trusted, and for the name that it is
 * asked for.
 *
 * @param identity what to show where the server asks who we are
 * @param authority PEM file of authorities that are trusted; without it and a folder those of the JDK are
 * @param authorityFolder a folder of such files
 * @param serverName the name to ask for where it is not the host's
 */
public record ClientTls(
        Optional<Identity> identity,
        Optional<Path> authority,
        Optional<Path> authorityFolder,
        Optional<String> serverName) {
    /**
     * Who we are.
     *
     * @param certificate PEM file, with the certificates between it and its authority behind it
     * @param key PEM file of the certificate's private key, without a password
     */
    public record Identity(Path certificate, Path key) {
        public Identity {
            Objects.requireNonNull(certificate, "certificate");
            Objects.requireNonNull(key, "key");
        }
    }

    public ClientTls {
        Objects.requireNonNull(identity, "identity");
        Objects.requireNonNull(authority, "authority");
        Objects.requireNonNull(authorityFolder, "authorityFolder");
        Objects.requireNonNull(serverName, "serverName");
    }

    /**
     * What makes the connections.
     *
     * @throws IllegalArgumentException with a sentence that names the file that does not hold what it should
     */
    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(), trusted(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /** What each connection asks for. */
    public SSLParameters parameters() {
        SSLParameters parameters = new SSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        serverName.ifPresent(name -> parameters.setServerNames(List.of(new SNIHostName(name))));
        return parameters;
    }

    private KeyManager[] keys() throws GeneralSecurityException, IOException {
        if (identity.isEmpty()) {
            return new KeyManager[0];
        }
        Path certificate = identity.get().certificate();
        Path key = identity.get().key();
        return PemFiles.keyManagers(FileContents.read(List.of(certificate, key)), certificate, key);
    }

    private TrustManager[] trusted() throws GeneralSecurityException, IOException {
        if (authority.isEmpty() && authorityFolder.isEmpty()) {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null); // the JDK's
            return factory.getTrustManagers();
        }
        List<X509Certificate> authorities = new ArrayList<>();
        authority.ifPresent(file -> authorities.addAll(PemFiles.certificates(file)));
        authorityFolder.ifPresent(folder -> authorities.addAll(inFolder(folder)));
        return PemFiles.trustManagers(authorities);
    }

    /** The certificates of a folder's files; others may lie beside them. */
    private static List<X509Certificate> inFolder(Path folder) {
        List<X509Certificate> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                try {
                    found.addAll(PemFiles.certificates(file));
                } catch (IllegalArgumentException e) {
                    // Not one of ours: OpenSSL passes over it as well.
                }
            }
        } catch (IOException e) {
            String reason = Files.exists(folder) ? e.getMessage() : "there is none";
            throw PemFiles.expected("certificates in a folder", folder, new IOException(reason, e));
        }
        if (found.isEmpty()) {
            throw PemFiles.expected("certificates in a folder", folder, new IOException("it holds none"));
        }
        return found;
    }
}
