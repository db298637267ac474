package dev.nereid.spark;

import dev.nereid.engine.ModelOptions;
import dev.nereid.engine.RowOptions;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a model is run over a dataset.
 *
 * @param columns for inputs of the model the columns that they are read from, where those do not have the input's name
 * @param outputs those of the model's outputs that become columns; empty for all
 * @param errorColumn a column for the error of a row that fails, whose outputs are then null; empty where such a row fails its task
 * @param version of a model's folder; -1 for the highest
 * @param batchRows rows of one run at most
 * @param batchTokens tokens of one run at most, for texts
 * @param bufferRows rows of a partition that are put together into runs at a time
 */
public record InferOptions(
        Map<String, String> columns,
        List<String> outputs,
        String errorColumn,
        long version,
        int batchRows,
        long batchTokens,
        int bufferRows)
        implements Serializable {
    private static final int BUFFER_ROWS = 256;

    /** Columns of the inputs' names, all outputs, and a failing row fails its task. */
    public static final InferOptions DEFAULT = new InferOptions(
            Map.of(),
            List.of(),
            "",
            ModelOptions.LATEST,
            RowOptions.DEFAULT.maxRows(),
            RowOptions.DEFAULT.maxTokens(),
            BUFFER_ROWS);

    public InferOptions {
        columns = Map.copyOf(columns);
        outputs = List.copyOf(outputs);
        if (bufferRows < 1) {
            throw new IllegalArgumentException("bufferRows: expected at least 1, got " + bufferRows);
        }
    }

    /** With an input that is read from a column of another name. */
    public InferOptions withColumn(String input, String column) {
        Map<String, String> more = new HashMap<>(columns);
        more.put(input, column);
        return new InferOptions(more, outputs, errorColumn, version, batchRows, batchTokens, bufferRows);
    }

    public InferOptions withOutputs(String... names) {
        return new InferOptions(columns, List.of(names), errorColumn, version, batchRows, batchTokens, bufferRows);
    }

    /** With null for the outputs of a row that fails, and a column that says why; null for the others. */
    public InferOptions withErrorColumn(String column) {
        return new InferOptions(columns, outputs, column, version, batchRows, batchTokens, bufferRows);
    }

    public InferOptions withVersion(long other) {
        return new InferOptions(columns, outputs, errorColumn, other, batchRows, batchTokens, bufferRows);
    }

    public InferOptions withBatch(int rows, long tokens) {
        return new InferOptions(columns, outputs, errorColumn, version, rows, tokens, Math.max(bufferRows, rows));
    }

    boolean keepsErrors() {
        return !errorColumn.isEmpty();
    }

    RowOptions rows() {
        return new RowOptions(batchRows, batchTokens, true);
    }
}
