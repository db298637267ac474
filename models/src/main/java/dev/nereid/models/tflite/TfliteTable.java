package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Every operator that a file may use, in explicit lists of one family each. Immutable. */
final class TfliteTable {
    private static final List<TfliteOperator> ROWS = Stream.of(
                    TfliteConvolutions.all(),
                    TflitePooling.all(),
                    TfliteProducts.all(),
                    TfliteArithmetic.all(),
                    TfliteElementwise.all(),
                    TfliteActivations.all(),
                    TfliteReductions.all(),
                    TfliteQuantizing.all(),
                    TfliteShapes.all(),
                    TfliteMovement.all(),
                    TfliteSlices.all(),
                    TfliteImages.all())
            .flatMap(List::stream)
            .toList();

    private static final Map<String, TfliteOperator> BY_NAME = byName();

    private TfliteTable() {}

    private static Map<String, TfliteOperator> byName() {
        Map<String, TfliteOperator> rows = new HashMap<>();
        ROWS.forEach(row -> rows.put(row.name(), row));
        return rows;
    }

    static List<TfliteOperator> rows() {
        return ROWS;
    }

    /**
     * Writes an operator's nodes.
     *
     * @return its outputs
     * @throws ModelFormatException if it is not known or its tensors do not suit it; names it
     */
    static List<Value> call(TfliteCall call) {
        TfliteOperator row = BY_NAME.get(call.name());
        if (row == null) {
            throw new ModelFormatException(
                    "the operator " + call.name() + " is not supported; see docs/tflite.md for those that are");
        }
        try {
            if (row.arithmetic() == TfliteOperator.Arithmetic.NUMBERS && call.isQuantized()) {
                throw new ModelFormatException("it is supported with floats, not with quantised tensors");
            }
            return row.lowering().apply(call);
        } catch (ModelFormatException e) {
            throw new ModelFormatException(call.name() + ": " + e.getMessage(), e);
        }
    }
}
