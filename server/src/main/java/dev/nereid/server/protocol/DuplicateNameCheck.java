package dev.nereid.server.protocol;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Finds duplicate names; few are compared in pairs, which is cheaper than a set. */
public final class DuplicateNameCheck {
    private static final int FEW = 16;

    private final List<String> few = new ArrayList<>();
    private Set<String> many = Set.of();

    /**
     * Notes the name of an input or output of a request.
     *
     * @param kind what has the name
     * @param prefix of the request's errors
     * @throws InferException if it has come before
     */
    public void addOf(String kind, String name, Supplier<String> prefix) {
        if (!add(name)) {
            throw InferException.invalid(prefix.get() + kind + " '" + name + "' already exists in request");
        }
    }

    /** Notes a name; returns whether it is new. */
    public boolean add(String name) {
        if (few.size() < FEW) {
            return !few.contains(name) && few.add(name);
        }
        if (many.isEmpty()) {
            many = new HashSet<>(few);
        }
        return many.add(name);
    }
}
