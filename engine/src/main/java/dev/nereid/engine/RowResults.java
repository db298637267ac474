package dev.nereid.engine;

import java.util.List;

/**
 * What came of some rows.
 *
 * @param outcomes one for each row, in their order
 * @param runs how many runs the engine made for them
 * @param engineNanos the time that those runs took, one behind the other
 */
public record RowResults(List<Outcome> outcomes, long runs, long engineNanos) {
    public RowResults {
        outcomes = List.copyOf(outcomes);
    }

    /** What came of one row. */
    public sealed interface Outcome {}

    /** Its outputs, in the model's order. */
    public record Done(List<RowTensor> outputs) implements Outcome {
        public Done {
            outputs = List.copyOf(outputs);
        }
    }

    /** Why it has none. Other rows are not affected. */
    public record Failed(EngineException error) implements Outcome {}
}
