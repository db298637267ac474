package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.tensor.DataType;

/** What element types mean in a file. */
final class ElementTypes {
    private ElementTypes() {}

    /**
     * The datatype that a file calls {@code number}.
     *
     * @param what names the tensor in the message of the exception
     * @throws ModelFormatException if the format knows no such type
     */
    static DataType ofNumber(int number, String what) {
        try {
            return OnnxTypes.dataType(number);
        } catch (ModelFormatException e) {
            throw new ModelFormatException(what + " has the unknown element type " + number, e);
        }
    }

    /** Bits that an element takes in raw data; less than 8 for the types that share bytes. */
    static int bits(DataType type) {
        return switch (type) {
            case INT2, UINT2 -> 2;
            case INT4, UINT4, FLOAT4E2M1 -> 4;
            default -> 8 * type.bytes();
        };
    }
}
