package dev.nereid.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * The API keys of a server, by their hashes: how long a look-up takes tells nothing of a key. Immutable.
 *
 * @param keys by the hexadecimal digits of SHA-256
 */
record KeyRing(Map<String, Key> keys) {
    /** Longer ones are no keys. */
    private static final int MOST_CHARACTERS = 1024;

    static final KeyRing NONE = new KeyRing(Map.of());

    /**
     * One key.
     *
     * @param expires the first moment at which it is good no more
     */
    record Key(Principal principal, Instant notBefore, Instant expires) {}

    KeyRing {
        keys = Map.copyOf(keys);
    }

    /** Whose key that is now. */
    Optional<Principal> find(String key, Instant now) {
        if (key.length() > MOST_CHARACTERS) {
            return Optional.empty();
        }
        return Optional.ofNullable(keys.get(hash(key)))
                .filter(found -> !now.isBefore(found.notBefore()) && now.isBefore(found.expires()))
                .map(Key::principal);
    }

    private static String hash(String key) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
