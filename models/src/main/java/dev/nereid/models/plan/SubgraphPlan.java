package dev.nereid.models.plan;

import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Subgraph;

/** The plan of a subgraph. Its constants belong to the plan around it. */
public record SubgraphPlan(Plan plan) implements Subgraph {
    @Override
    public ValueType outputType(int output) {
        return plan.outputType(output);
    }
}
