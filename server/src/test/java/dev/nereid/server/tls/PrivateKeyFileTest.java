package dev.nereid.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PrivateKeyFileTest {
    /** What PKCS 8 puts before a key of 2048 bits: two lengths of two bytes, version, algorithm. */
    private static final int HEAD_OF_RSA = 26;

    private static PrivateKey rsa() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return generator.generateKeyPair().getPrivate();
    }

    private static ECPrivateKey ellipticCurve() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return (ECPrivateKey) generator.generateKeyPair().getPrivate();
    }

    /** The key by RFC 5915: version 1, the number in 32 bytes, and the curve. */
    private static byte[] rfc5915(ECPrivateKey key) {
        String number = "%064x".formatted(key.getS());
        return HexFormat.of().parseHex("3031" + "020101" + "0420" + number + "a00a" + "06082a8648ce3d030107");
    }

    private static String pem(String kind, byte[] bytes) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes), kind);
    }

    private static byte[] read(String text) {
        return PrivateKeyFile.pkcs8(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static PrivateKey key(String algorithm, String text) throws GeneralSecurityException {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(read(text)));
    }

    @Test
    void readsKeysInPkcs8AsTheyAre() throws GeneralSecurityException {
        PrivateKey own = rsa();
        assertThat(key("RSA", pem("PRIVATE KEY", own.getEncoded()))).isEqualTo(own);
    }

    @Test
    void readsTheOlderFormOfRsa() throws GeneralSecurityException {
        PrivateKey own = rsa();
        byte[] bytes = own.getEncoded();
        String text = pem("RSA PRIVATE KEY", Arrays.copyOfRange(bytes, HEAD_OF_RSA, bytes.length));
        assertThat(key("RSA", text))
                .isInstanceOfSatisfying(
                        RSAPrivateCrtKey.class,
                        read -> assertThat(read.getPrivateExponent())
                                .isEqualTo(((RSAPrivateCrtKey) own).getPrivateExponent()));
    }

    @Test
    void readsTheOlderFormOfEllipticCurvesBehindTheirParameters() throws GeneralSecurityException {
        ECPrivateKey own = ellipticCurve();
        String text = pem("EC PARAMETERS", HexFormat.of().parseHex("06082a8648ce3d030107"))
                + pem("EC PRIVATE KEY", rfc5915(own));
        assertThat(key("EC", text))
                .isInstanceOfSatisfying(
                        ECPrivateKey.class, read -> assertThat(read.getS()).isEqualTo(own.getS()));
    }

    @Test
    void saysWhatIsWrongWithAFile() throws GeneralSecurityException {
        byte[] whole = rfc5915(ellipticCurve());
        assertThatThrownBy(() -> read("words")).hasMessage("it holds no 'BEGIN PRIVATE KEY'");
        assertThatThrownBy(() -> read(pem("ENCRYPTED PRIVATE KEY", whole))).hasMessage("it has a password");
        assertThatThrownBy(() -> read(pem("DSA PRIVATE KEY", whole)))
                .hasMessage("expected a key of RSA or of an elliptic curve, got 'DSA PRIVATE KEY'");
        for (int length = 0; length < whole.length; length++) {
            String early = pem("EC PRIVATE KEY", Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> read(early)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
