package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.Set;

/** What a node reads: its inputs, and what its subgraphs take from the graphs around them. */
final class Captures {
    private Captures() {}

    /** Adds every value that the node reads to {@code read}. */
    static void reads(Node node, Set<Value> read) {
        node.inputs().forEach(input -> input.ifPresent(read::add));
        for (Attribute attribute : node.attributes().map().values()) {
            if (attribute instanceof Attribute.Subgraph subgraph) {
                read.addAll(subgraph.graph().outputs());
                subgraph.graph().nodes().forEach(inner -> reads(inner, read));
            }
        }
    }
}
