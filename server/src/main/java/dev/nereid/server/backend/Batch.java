package dev.nereid.server.backend;

import java.util.List;

/** The requests of one execution, in order; at least one. */
public record Batch(List<Execution> executions) {
    public Batch {
        executions = List.copyOf(executions);
    }
}
