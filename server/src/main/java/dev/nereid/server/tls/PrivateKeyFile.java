package dev.nereid.server.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads private keys in the forms that OpenSSL reads: PKCS 8 (RFC 5958), and the older ones for RSA (RFC 8017, A.1.2) and
 * elliptic curves (RFC 5915), which the JDK does not know. Those are put into PKCS 8 as they are.
 */
final class PrivateKeyFile {
    private static final Pattern PEM = Pattern.compile(
            "-----BEGIN (?<kind>[A-Z ]*)PRIVATE KEY-----(?<text>[^-]*)-----END \\k<kind>PRIVATE KEY-----");

    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;
    private static final int PARAMETERS = 0xA0;

    private static final byte[] VERSION_0 = {INTEGER, 1, 0};

    /** The object identifier 1.2.840.113549.1.1.1, and no parameters. */
    private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");

    /** The object identifier 1.2.840.10045.2.1, behind which the curve stands. */
    private static final byte[] ELLIPTIC_CURVE = HexFormat.of().parseHex("06072a8648ce3d0201");

    private PrivateKeyFile() {}

    /**
     * The key in PKCS 8.
     *
     * @param file what a PEM file holds
     * @throws IllegalArgumentException with the reason if it holds no key that can be used
     */
    static byte[] pkcs8(byte[] file) {
        Matcher pem = PEM.matcher(new String(file, StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw new IllegalArgumentException("it holds no 'BEGIN PRIVATE KEY'");
        }
        String kind = pem.group("kind");
        String text = pem.group("text");
        if (kind.equals("ENCRYPTED ") || text.contains("ENCRYPTED")) {
            throw new IllegalArgumentException("it has a password");
        }
        byte[] key = Base64.getMimeDecoder().decode(text);
        return switch (kind) {
            case "" -> key;
            case "RSA " -> wrap(RSA, key);
            case "EC " -> wrap(join(ELLIPTIC_CURVE, curve(key)), key);
            default ->
                throw new IllegalArgumentException(
                        "expected a key of RSA or of an elliptic curve, got '" + kind + "PRIVATE KEY'");
        };
    }

    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return value(SEQUENCE, join(VERSION_0, value(SEQUENCE, algorithm), value(OCTET_STRING, key)));
    }

    /** The curve that an elliptic curve's key names: behind its version and its number. */
    private static byte[] curve(byte[] key) {
        ByteBuffer fields = content(ByteBuffer.wrap(key), SEQUENCE);
        content(fields, INTEGER);
        content(fields, OCTET_STRING);
        ByteBuffer curve = content(fields, PARAMETERS);
        byte[] bytes = new byte[curve.remaining()];
        curve.get(bytes);
        return bytes;
    }

    /** Passes over the next value, and gives what is in it. */
    private static ByteBuffer content(ByteBuffer from, int tag) {
        if (from.remaining() < 2 || (from.get() & 0xFF) != tag) {
            throw new IllegalArgumentException("its key is not as RFC 5915 has it, with a named curve");
        }
        int length = from.get() & 0xFF;
        if (length > 0x80 && length <= 0x82 && from.remaining() >= 2) {
            length = length == 0x81 ? from.get() & 0xFF : from.getShort() & 0xFFFF;
        }
        if (length > from.remaining()) {
            throw new IllegalArgumentException("its key ends early");
        }
        ByteBuffer content = from.slice(from.position(), length);
        from.position(from.position() + length);
        return content;
    }

    private static byte[] value(int tag, byte[] content) {
        int length = content.length;
        byte[] head = length < 0x80
                ? new byte[] {(byte) tag, (byte) length}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        return join(head, content);
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteBuffer all = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }
}
