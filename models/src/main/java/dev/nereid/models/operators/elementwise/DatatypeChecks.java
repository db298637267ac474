package dev.nereid.models.operators.elementwise;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.lowering.Inference;
import dev.nereid.tensor.DataType;

/** Checks of the datatypes of an operator's inputs. */
final class DatatypeChecks {
    private DatatypeChecks() {}

    /** The datatype of all inputs from {@code first} on, which must be the same. */
    static DataType sameDataType(Inference in, int first) {
        DataType type = in.type(first).dataType();
        for (int input = first + 1; input < in.inputs(); input++) {
            if (in.has(input) && in.type(input).dataType() != type) {
                throw new ModelFormatException("input " + input + ": expected " + type + " as input " + first + ", got "
                        + in.type(input).dataType());
            }
        }
        return type;
    }

    static void require(boolean condition, Inference in, DataType type) {
        if (!condition) {
            throw new ModelFormatException(in.node().operator() + " takes no elements of " + type);
        }
    }
}
