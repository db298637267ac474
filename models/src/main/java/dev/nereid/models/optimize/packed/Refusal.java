package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Node;

/** Ends an attempt to pack a graph with the reason; never leaves the package. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refusal(String reason) {
        super(reason, null, false, false);
    }

    Refusal(Node node, String reason) {
        this(node.describe() + " " + reason);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
