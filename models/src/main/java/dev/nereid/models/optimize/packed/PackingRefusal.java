package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Node;

/** Ends an attempt to pack a graph, with the reason; never leaves the package. */
final class PackingRefusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    PackingRefusal(String reason) {
        super(reason, null, false, false);
    }

    PackingRefusal(Node node, String reason) {
        this(node.describe() + " " + reason);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
