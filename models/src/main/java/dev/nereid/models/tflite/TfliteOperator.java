package dev.nereid.models.tflite;

import dev.nereid.models.graph.Value;
import java.util.List;
import java.util.function.Function;

/**
 * A row of the table.
 *
 * @param name the builtin operator's in the format's schema, or a custom operator's
 * @param lowering from a call to its outputs
 */
record TfliteOperator(String name, Arithmetic arithmetic, Function<TfliteCall, List<Value>> lowering) {
    /** What an operator does with quantised tensors. */
    enum Arithmetic {
        /** It takes none. */
        NUMBERS,
        /** It moves elements, whatever they mean. */
        MOVES,
        /** It computes with the integers of 8 bits as TFLite does. */
        INTEGERS
    }

    /** An operator of floats and plain integers with one output. */
    static TfliteOperator numbers(String name, Function<TfliteCall, Value> lowering) {
        return new TfliteOperator(name, Arithmetic.NUMBERS, lowering.andThen(List::of));
    }

    static TfliteOperator moves(String name, Function<TfliteCall, Value> lowering) {
        return new TfliteOperator(name, Arithmetic.MOVES, lowering.andThen(List::of));
    }

    static TfliteOperator integers(String name, Function<TfliteCall, Value> lowering) {
        return new TfliteOperator(name, Arithmetic.INTEGERS, lowering.andThen(List::of));
    }
}
