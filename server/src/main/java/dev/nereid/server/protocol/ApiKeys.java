package dev.nereid.server.protocol;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Which groups of calls a front guards, and the header with which a client gets in. Immutable. */
public record ApiKeys(Map<ApiGroup, Key> keys) {
    /** Nothing is restricted. */
    public static final ApiKeys NONE = new ApiKeys(Map.of());

    /** A header and the value that it must have. */
    public record Key(String header, String value) {}

    public ApiKeys {
        keys = Map.copyOf(keys);
    }

    /** Whether nothing is restricted. */
    public boolean isNone() {
        return keys.isEmpty();
    }

    /**
     * The header that a request for a group lacks; empty if it may pass.
     *
     * @param headers the value of a header that the request has
     */
    public Optional<String> missing(ApiGroup group, Function<String, Optional<String>> headers) {
        return Optional.ofNullable(keys.get(group))
                .filter(key -> !headers.apply(key.header())
                        .filter(value -> equal(value, key.value()))
                        .isPresent())
                .map(Key::header);
    }

    /** Compares in a time that does not tell how much of a guess was right. */
    private static boolean equal(String guess, String value) {
        return MessageDigest.isEqual(guess.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }
}
