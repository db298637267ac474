package dev.nereid.engine;

/**
 * How rows of a data set are put together into runs.
 *
 * @param maxRows rows of one run at most
 * @param maxTokens tokens of one run at most, where texts of different lengths run side by side; a longer text runs alone
 * @param packsTexts whether texts of different lengths may run side by side without padding, where the model allows it
 */
public record RowOptions(int maxRows, long maxTokens, boolean packsTexts) {
    public static final RowOptions DEFAULT = new RowOptions(32, 1024, true);

    public RowOptions {
        if (maxRows < 1 || maxTokens < 1) {
            throw EngineException.invalid(
                    "rows and tokens of a run: expected at least 1, got " + maxRows + " and " + maxTokens);
        }
    }

    public RowOptions withMaxRows(int rows) {
        return new RowOptions(rows, maxTokens, packsTexts);
    }

    public RowOptions withMaxTokens(long tokens) {
        return new RowOptions(maxRows, tokens, packsTexts);
    }

    public RowOptions withPackedTexts(boolean packed) {
        return new RowOptions(maxRows, maxTokens, packed);
    }
}
