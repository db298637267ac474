package dev.nereid.models.operators.recurrent;

import dev.nereid.models.ModelFormatException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The order, or both orders, in which a layer goes through its sequences. */
public enum Direction {
    FORWARD(List.of(false)),
    REVERSE(List.of(true)),
    BIDIRECTIONAL(List.of(false, true));

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Boolean> reversed;

    Direction(List<Boolean> reversed) {
        this.reversed = reversed;
    }

    /** For each pass whether it begins at the end. */
    public List<Boolean> reversed() {
        return reversed;
    }

    int count() {
        return reversed.size();
    }

    static Direction of(String name) {
        return Arrays.stream(values())
                .filter(direction -> direction.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> new ModelFormatException(
                        "direction: expected forward, reverse or bidirectional, got '" + name + "'"));
    }
}
