package dev.nereid.server.backend.plan;

import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/** Texts for models with the inputs IDS and WEIGHTS, both of [texts, tokens], and what configs say of them. */
final class TextFixture {
    static final String INPUTS = "max_batch_size: 8 input { name: 'IDS' data_type: TYPE_INT64 dims: -1 } "
            + "input { name: 'WEIGHTS' data_type: TYPE_FP32 dims: -1 } ";

    private static final float WEIGHT = 10;

    private TextFixture() {}

    /** A parameter of a config for the scheduler. */
    static String parameter(String key, String value) {
        return "parameters { key: 'scheduler." + key + "' value { string_value: '" + value + "' } } ";
    }

    /** A request whose weights are all 10. */
    static RecordedExecution texts(String id, Shape shape, long... ids) {
        float[] weights = new float[ids.length];
        Arrays.fill(weights, WEIGHT);
        return new RecordedExecution(
                id,
                List.of(),
                RecordedExecution.longs("IDS", shape, ids),
                RecordedExecution.floats("WEIGHTS", shape, weights));
    }

    /** A request with two tokens in one input and one in the other. */
    static RecordedExecution uneven() {
        return new RecordedExecution(
                "uneven",
                List.of(),
                RecordedExecution.longs("IDS", Shape.of(1, 2), 1, 2),
                RecordedExecution.floats("WEIGHTS", Shape.of(1, 1), 1));
    }
}
