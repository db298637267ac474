package dev.nereid.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
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
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/** Reads certificates and private keys from PEM files, and makes sure that they can be used together. */
public final class PemFiles {
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    /** How a key of each algorithm signs, to find out whether a certificate is its own. */
    private static final Map<String, String> SIGNATURES =
            Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");

    /** A key store in memory has no secrets, and asks for a password all the same. */
    private static final char[] NO_PASSWORD = {};

    private static final byte[] SIGNED = {1, 2, 3, 4};

    private PemFiles() {}

    /**
     * Makes sure that a key belongs to a certificate, and that the certificate is valid now: TLS would be set up all the
     * same, and every handshake would fail.
     *
     * @throws IllegalArgumentException with a sentence that names the files
     */
    public static void checkPair(Path certificate, Path key) {
        if (!(certificates(certificate).iterator().next() instanceof X509Certificate own)) {
            return;
        }
        try {
            if (!belongs(key(key), own.getPublicKey())) {
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

    static Collection<? extends Certificate> certificates(Path file) {
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

    static PrivateKey key(Path file) throws GeneralSecurityException {
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

    /**
     * What shows a certificate to the other side.
     *
     * @throws IllegalArgumentException with a sentence that names the file that does not hold what it should
     */
    static KeyManager[] keyManagers(Path certificate, Path key) throws GeneralSecurityException, IOException {
        checkPair(certificate, key);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
        store.setKeyEntry("own", key(key), NO_PASSWORD, chain);
        return keyManagers(store, NO_PASSWORD);
    }

    static KeyManager[] keyManagers(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return factory.getKeyManagers();
    }

    static IllegalArgumentException expected(String what, Path file, Exception cause) {
        String reason = cause instanceof IOException && !Files.exists(file) ? "there is none" : cause.getMessage();
        return new IllegalArgumentException("TLS needs " + what + ", got '" + file + "': " + reason, cause);
    }
}
