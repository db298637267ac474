package dev.nereid.server.protocol;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds names that come twice; few are compared in pairs, which costs less than a set. */
public final class SeenNames {
    private static final int FEW = 16;

    private final List<String> few = new ArrayList<>();
    private Set<String> many = Set.of();

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
