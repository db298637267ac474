package dev.nereid.models.graph;

import java.util.Objects;

/** An edge of the graph: made once by a node, an input or an initializer, read by any number of nodes. Compared by
 * identity; the name is for messages. */
public final class Value {
    private final String name;

    public Value(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return name;
    }
}
