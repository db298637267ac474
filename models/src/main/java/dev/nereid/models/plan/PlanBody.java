package dev.nereid.models.plan;

import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Body;

/** The plan of a graph inside a node. Its constants belong to the plan around it. */
public record PlanBody(Plan plan) implements Body {
    @Override
    public ValueType outputType(int output) {
        return plan.outputType(output);
    }
}
