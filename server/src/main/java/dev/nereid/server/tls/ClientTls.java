package dev.nereid.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
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

    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");
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
        KeyStore store = emptyStore();
        Certificate[] chain = certificates(identity.get().certificate()).toArray(Certificate[]::new);
        store.setKeyEntry("own", key(identity.get().key()), PASSWORD, chain);
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, PASSWORD);
        return factory.getKeyManagers();
    }

    private TrustManager[] trusted() throws GeneralSecurityException, IOException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        if (authority.isEmpty() && authorityFolder.isEmpty()) {
            factory.init((KeyStore) null); // the JDK's
            return factory.getTrustManagers();
        }
        List<Certificate> authorities = new ArrayList<>();
        if (authority.isPresent()) {
            authorities.addAll(certificates(authority.get()));
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
                    found.addAll(certificates(file));
                } catch (IllegalArgumentException e) {
                    // Not one of ours: OpenSSL passes over it as well.
                }
            }
        } catch (IOException e) {
            throw expected("certificates in a folder", folder, e);
        }
        if (found.isEmpty()) {
            throw expected("certificates in a folder", folder, new IOException("it holds none"));
        }
        return found;
    }

    private static Collection<? extends Certificate> certificates(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (found.isEmpty()) {
                throw new CertificateException("it holds none");
            }
            return found;
        } catch (CertificateException | IOException e) {
            throw expected("certificates as a PEM file", file, e);
        }
    }

    private static PrivateKey key(Path file) throws GeneralSecurityException {
        byte[] bytes;
        try {
            String text = PrivateKeyFile.read(file);
            String body = text.lines().filter(line -> !line.startsWith("-")).reduce("", String::concat);
            bytes = Base64.getDecoder().decode(body);
        } catch (IllegalArgumentException | IOException e) {
            throw expected("a private key as a PEM file", file, e);
        }
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
            } catch (InvalidKeySpecException e) {
                // One of the others.
            }
        }
        throw expected(
                "a private key as a PEM file", file, new InvalidKeySpecException("it is none of " + KEY_ALGORITHMS));
    }

    private static IllegalArgumentException expected(String what, Path file, Exception cause) {
        String reason = cause instanceof IOException && !Files.exists(file) ? "there is none" : cause.getMessage();
        return new IllegalArgumentException("TLS needs " + what + ", got '" + file + "': " + reason, cause);
    }
}
