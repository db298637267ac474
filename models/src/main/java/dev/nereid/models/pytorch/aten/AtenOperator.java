package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Value;
import java.util.List;
import java.util.function.Function;

/**
 * A row of the table: an operator's schema, and what it becomes in the engine's graph.
 *
 * @param lowering from a call to what it gives back, one argument for each result of the schema (a list is one)
 */
public record AtenOperator(Schema schema, Function<AtenCall, List<Argument>> lowering) {
    /** An operator that gives back one tensor. */
    public static AtenOperator row(String schema, Function<AtenCall, Value> lowering) {
        return results(schema, call -> List.of(Argument.OfTensor.of(lowering.apply(call))));
    }

    /** An operator that gives back anything: several results, a list, a number, a view of its argument. */
    public static AtenOperator results(String schema, Function<AtenCall, List<Argument>> lowering) {
        return new AtenOperator(Schema.parse(schema), lowering);
    }
}
