package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Node;

/** What becomes of the nodes of one operator that read something which differs from text to text. */
@FunctionalInterface
interface PackRule {
    /**
     * Adds what takes the node's place and says how its outputs are spread.
     *
     * @throws Refusal if the node mixes texts, or may
     */
    void apply(Node node, PackedGraph graph);
}
