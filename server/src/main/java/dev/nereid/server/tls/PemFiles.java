package dev.nereid.server.tls;

import dev.nereid.server.watch.FileContents;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Reads certificates and private keys from PEM files, and makes sure that they can be used together. */
final class PemFiles {
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    /** How a key of each algorithm signs, to find out whether a certificate is its own. */
    private static final Map<String, String> SIGNATURES =
            Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");

    /** A key store in memory has no secrets, and asks for a password all the same. */
    private static final char[] NO_PASSWORD = {};

    private static final byte[] SIGNED = {1, 2, 3, 4};

    private PemFiles() {}

    /** A key that does not belong to its certificate, or one that is not valid now: every handshake would fail. */
    private static void checkPair(X509Certificate own, Path certificate, PrivateKey privateKey, Path key) {
        try {
            if (!belongs(privateKey, own.getPublicKey())) {
                throw new IllegalArgumentException("TLS needs the private key of certificate '" + certificate
                        + "', got '" + key + "', which is the key of another one");
            }
            own.checkValidity();
        } catch (CertificateExpiredException | CertificateNotYetValidException e) {
            throw new IllegalArgumentException(
                    "TLS needs a certificate that is valid now, got '" + certificate + "', which is valid from "
                            + own.getNotBefore().toInstant() + " to "
                            + own.getNotAfter().toInstant(),
                    e);
        } catch (GeneralSecurityException e) {
            throw expected("a private key as a PEM file", key, e);
        }
    }

    private static boolean belongs(PrivateKey key, PublicKey certified) throws GeneralSecurityException {
        Optional<String> algorithm = Optional.ofNullable(SIGNATURES.get(key.getAlgorithm()));
        if (algorithm.isEmpty()) {
            return true; // it cannot be found out in this way
        }
        if (!key.getAlgorithm().equals(certified.getAlgorithm())) {
            return false;
        }
        Signature signature = Signature.getInstance(algorithm.get());
        signature.initSign(key);
        signature.update(SIGNED);
        byte[] signed = signature.sign();
        signature.initVerify(certified);
        signature.update(SIGNED);
        try {
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // a key of another length or curve
        }
    }

    static List<X509Certificate> certificates(Path file) {
        return certificates(FileContents.read(List.of(file)), file);
    }

    static List<X509Certificate> certificates(FileContents contents, Path file) {
        try {
            Collection<? extends Certificate> found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(contents.of(file)));
            if (found.isEmpty()) {
                throw new CertificateException("it holds none");
            }
            return found.stream().map(X509Certificate.class::cast).toList(); // the factory makes no others
        } catch (CertificateException | IOException e) {
            throw expected("certificates as a PEM file", file, e);
        }
    }

    private static PrivateKey key(FileContents contents, Path file) throws GeneralSecurityException {
        byte[] bytes;
        try {
            bytes = PrivateKeyFile.pkcs8(contents.of(file));
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

    /**
     * What shows a certificate to the other side. The key is the certificate's own, and the certificate is valid now.
     *
     * @throws IllegalArgumentException with a sentence that names the file that does not hold what it should
     */
    static KeyManager[] keyManagers(FileContents contents, Path certificate, Path key)
            throws GeneralSecurityException, IOException {
        List<X509Certificate> chain = certificates(contents, certificate);
        PrivateKey privateKey = key(contents, key);
        checkPair(chain.getFirst(), certificate, privateKey, key);
        KeyStore store = emptyStore();
        store.setKeyEntry("own", privateKey, NO_PASSWORD, chain.toArray(Certificate[]::new));
        return keyManagers(store, NO_PASSWORD);
    }

    static KeyManager[] keyManagers(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return factory.getKeyManagers();
    }

    /** What takes certificates of the given authorities. */
    static TrustManager[] trustManagers(List<X509Certificate> authorities)
            throws GeneralSecurityException, IOException {
        KeyStore store = emptyStore();
        for (int i = 0; i < authorities.size(); i++) {
            store.setCertificateEntry("authority-" + i, authorities.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    static IllegalArgumentException expected(String what, Path file, Exception cause) {
        return new IllegalArgumentException("TLS needs " + what + ", got '" + file + "': " + cause.getMessage(), cause);
    }
}
