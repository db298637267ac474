package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Node;

/** How one operator is written for tensors whose channels are last. */
@FunctionalInterface
interface LayoutRule {
    /** Writes the node for the other layout; false, with nothing written, where this node cannot be or need not be. */
    boolean apply(Node node, LayoutRewrite rewrite);
}
