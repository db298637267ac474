package dev.nereid.models.pytorch.archive;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PickleValue.OfDict;
import dev.nereid.models.pytorch.archive.PickleValue.OfEnumeration;
import dev.nereid.models.pytorch.archive.PickleValue.OfList;
import dev.nereid.models.pytorch.archive.PickleValue.OfObject;
import dev.nereid.models.pytorch.archive.PickleValue.OfTuple;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Bounds how values contain one another, for a pickle may name one again: no value contains itself, none is nested too
 * deep, and a walk through all of them without a memory of where it was ends soon.
 */
final class PickleStructure {
    private static final int DEEPEST = 100;
    private static final long MOST_VISITS = 32L << 20;
    private static final long BEING_VISITED = -1;

    /** The visits that a walk through a value takes. */
    private final IdentityHashMap<PickleValue, Long> visits = new IdentityHashMap<>();

    private PickleStructure() {}

    static void check(PickleValue value) {
        new PickleStructure().visit(value, 0);
    }

    private long visit(PickleValue value, int depth) {
        Collection<PickleValue> inside = inside(value);
        if (inside.isEmpty()) {
            return 1;
        }
        Long known = visits.get(value);
        if (known != null) {
            if (known == BEING_VISITED) {
                throw new ModelFormatException("the pickle has " + value.kind() + " that contains itself");
            }
            return known;
        }
        if (depth == DEEPEST) {
            throw new ModelFormatException("the pickle has values nested more than " + DEEPEST + " deep");
        }
        visits.put(value, BEING_VISITED);
        long sum = 1;
        for (PickleValue each : inside) {
            sum += visit(each, depth + 1);
            if (sum > MOST_VISITS) {
                throw new ModelFormatException(
                        "the pickle has values that repeat others more than " + MOST_VISITS + " times in all");
            }
        }
        visits.put(value, sum);
        return sum;
    }

    private static Collection<PickleValue> inside(PickleValue value) {
        return switch (value) {
            case OfTuple(List<PickleValue> items) -> items;
            case OfList list -> list.items();
            case OfDict dict -> dict.entries().values();
            case OfObject object -> object.state().map(List::of).orElse(List.of());
            case OfEnumeration member -> List.of(member.value());
            default -> List.of();
        };
    }
}
