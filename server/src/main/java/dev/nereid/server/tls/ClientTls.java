package dev.nereid.server.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
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

    /** The key store is in memory alone; it asks for a password all the same. */
    private static final char[] PASSWORD = {};

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
        return PemFiles.keyManagers(identity.get().certificate(), identity.get().key());
    }

    private TrustManager[] trusted() throws GeneralSecurityException, IOException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        if (authority.isEmpty() && authorityFolder.isEmpty()) {
            factory.init((KeyStore) null); // the JDK's
            return factory.getTrustManagers();
        }
        List<Certificate> authorities = new ArrayList<>();
        if (authority.isPresent()) {
            authorities.addAll(PemFiles.certificates(authority.get()));
        }
        if (authorityFolder.isPresent()) {
            authorities.addAll(inFolder(authorityFolder.get()));
        }
        KeyStore store = emptyStore();
        for (int i = 0; i < authorities.size(); i++) {
            store.setCertificateEntry("authority-" + i, authorities.get(i));
        }
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, PASSWORD);
        return store;
    }

    /** The certificates of a folder's files; others may lie beside them. */
    private static List<Certificate> inFolder(Path folder) {
        List<Certificate> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                try {
                    found.addAll(PemFiles.certificates(file));
                } catch (IllegalArgumentException e) {
                    // Not one of ours: OpenSSL passes over it as well.
                }
            }
        } catch (IOException e) {
            throw PemFiles.expected("certificates in a folder", folder, e);
        }
        if (found.isEmpty()) {
            throw PemFiles.expected("certificates in a folder", folder, new IOException("it holds none"));
        }
        return found;
    }
}
