package dev.nereid.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collections;
import java.util.Objects;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;

/** What a server shows to its clients, of whom it asks nothing. */
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

        /** Without the password. */
        @Override
        public String toString() {
            return file + " (" + type + ")";
        }
    }

    /**
     * What makes the server's side of connections.
     *
     * @throws IllegalArgumentException with a sentence that names the file that does not hold what it should
     */
    default SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private KeyManager[] keys() throws GeneralSecurityException, IOException {
        return switch (this) {
            case Pem(Path certificate, Path key) -> PemFiles.keyManagers(certificate, key);
            case Store(Path file, String password, String type) -> {
                KeyStore store = KeyStore.getInstance(type);
                try (InputStream stream = Files.newInputStream(file)) {
                    store.load(stream, password.toCharArray());
                } catch (GeneralSecurityException | IOException e) {
                    throw PemFiles.expected("a key store of type " + type, file, e);
                }
                if (!hasKey(store)) {
                    throw PemFiles.expected(
                            "a key store of type " + type, file, new IOException("it holds no private key"));
                }
                yield PemFiles.keyManagers(store, password.toCharArray());
            }
        };
    }

    private static boolean hasKey(KeyStore store) throws GeneralSecurityException {
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias)) {
                return true;
            }
        }
        return false;
    }
}
