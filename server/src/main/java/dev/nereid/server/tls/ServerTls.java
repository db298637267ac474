package dev.nereid.server.tls;

import dev.nereid.server.watch.FileContents;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.KeyManager;

/** The files of a server's certificate and its key. */
public sealed interface ServerTls {
    /**
     * A certificate and its key.
     *
     * @param certificate PEM file, with the certificates between it and its authority behind it
     * @param key PEM file of the certificate's private key, without a password
     */
    record Pem(Path certificate, Path key) implements ServerTls {
        public Pem {
            Objects.requireNonNull(certificate, "certificate");
            Objects.requireNonNull(key, "key");
        }

        @Override
        public List<Path> files() {
            return List.of(certificate, key);
        }
    }

    /**
     * A key store as {@code keytool} writes it.
     *
     * @param password of the store and its key
     * @param type PKCS12 or JKS, for example
     */
    record Store(Path file, String password, String type) implements ServerTls {
        public Store {
            Objects.requireNonNull(file, "file");
            Objects.requireNonNull(password, "password");
            Objects.requireNonNull(type, "type");
        }

        @Override
        public List<Path> files() {
            return List.of(file);
        }

        /** Without the password. */
        @Override
        public String toString() {
            return file + " (" + type + ")";
        }
    }

    /**
     * What is shown to clients.
     *
     * @param manager shows it
     * @param own the server's certificate
     */
    record Identity(KeyManager manager, X509Certificate own) {}

    /** What is read, the certificate's file first. */
    List<Path> files();

    /**
     * Reads the certificate and its key, which belong together.
     *
     * @throws IllegalArgumentException with a sentence that names the file that does not hold what it should
     */
    default Identity identity(FileContents contents) throws GeneralSecurityException, IOException {
        return switch (this) {
            case Pem(Path certificate, Path key) ->
                new Identity(
                        PemFiles.keyManagers(contents, certificate, key)[0],
                        PemFiles.certificates(contents, certificate).getFirst());
            case Store(Path file, String password, String type) -> {
                KeyStore store = KeyStore.getInstance(type);
                try {
                    store.load(new ByteArrayInputStream(contents.of(file)), password.toCharArray());
                } catch (GeneralSecurityException | IOException e) {
                    throw PemFiles.expected("a key store of type " + type, file, e);
                }
                X509Certificate own = certified(store)
                        .orElseThrow(() -> PemFiles.expected(
                                "a key store of type " + type, file, new IOException("it holds no private key")));
                yield new Identity(PemFiles.keyManagers(store, password.toCharArray())[0], own);
            }
        };
    }

    /** The certificate of the first private key. */
    private static Optional<X509Certificate> certified(KeyStore store) throws GeneralSecurityException {
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias) && store.getCertificate(alias) instanceof X509Certificate own) {
                return Optional.of(own);
            }
        }
        return Optional.empty();
    }
}
