package dev.nereid.server.protocol;

import java.util.List;
import java.util.stream.IntStream;

/** Names that all have one hash code, as an attacker chooses them. */
public final class CollidingNames {
    private CollidingNames() {}

    /**
     * Different names of equal length and hash code.
     *
     * @param bits the names are {@code 2^bits}
     */
    public static List<String> of(int bits) {
        return IntStream.range(0, 1 << bits)
                .mapToObj(number -> name(number, bits))
                .toList();
    }

    private static String name(int number, int bits) {
        StringBuilder name = new StringBuilder();
        for (int bit = 0; bit < bits; bit++) {
            name.append((number >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return name.toString();
    }
}
