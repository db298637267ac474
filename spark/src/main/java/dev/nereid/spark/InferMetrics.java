package dev.nereid.spark;

import dev.nereid.engine.RowResults;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What the tasks of one call did, as accumulators that Spark's UI shows for each stage and task. A task that is run again counts
 * again.
 */
record InferMetrics(
        LongAccumulator rows, LongAccumulator batches, LongAccumulator failedRows, LongAccumulator engineMicros)
        implements Serializable {
    private static final long MICRO = 1000;

    static InferMetrics of(SparkContext context, String model) {
        return new InferMetrics(
                context.longAccumulator("nereid rows (" + model + ")"),
                context.longAccumulator("nereid batches (" + model + ")"),
                context.longAccumulator("nereid failed rows (" + model + ")"),
                context.longAccumulator("nereid engine time in us (" + model + ")"));
    }

    void add(RowResults results) {
        rows.add(results.outcomes().size());
        batches.add(results.runs());
        engineMicros.add(results.engineNanos() / MICRO);
    }

    void failed() {
        failedRows.add(1);
    }
}
