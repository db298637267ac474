package dev.nereid.server.protocol;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * Maps and limits for names that clients choose. A client can choose any number of names with one hash code. A
 * {@link HashMap} keeps such names in a balanced tree; {@link Map#copyOf} compares each of them with all others, so it must
 * not be used for them.
 */
public final class ClientNames {
    /** The most parameters that a request, or one of its inputs or outputs, may have. */
    public static final int MOST_PARAMETERS = 1024;

    private ClientNames() {}

    /** An unmodifiable copy whose look-up takes logarithmic time at worst. */
    public static <V> Map<String, V> copyOf(Map<String, V> map) {
        return map.isEmpty() ? Map.of() : Collections.unmodifiableMap(new HashMap<>(map));
    }

    /**
     * Refuses more than {@link #MOST_PARAMETERS} parameters.
     *
     * @param count how many there are
     * @param owner what has them, for the error
     * @throws InferException if there are too many
     */
    public static void checkParameters(int count, String owner) {
        if (count > MOST_PARAMETERS) {
            throw InferException.invalid(owner + " has too many parameters: expected at most " + MOST_PARAMETERS
                    + ", got " + count + "; send data as input tensors");
        }
    }
}
