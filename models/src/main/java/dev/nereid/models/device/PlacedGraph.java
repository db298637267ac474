package dev.nereid.models.device;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.operators.OperatorSet;

/** A model's graph placed on a device, with what it has there. Any thread; closed after its last run. */
public interface PlacedGraph extends AutoCloseable {
    /** The graph with a node for each region: a part that runs on the device. */
    Graph graph();

    /** The operators that the graph needs: those of before, and one for each region. */
    OperatorSet operators();

    /** What runs on the device, and what does not. */
    PlacementReport report();

    /** Bytes of the device's memory that the model has now. */
    long bytes();

    /** Frees what the model has on the device. */
    @Override
    void close();
}
