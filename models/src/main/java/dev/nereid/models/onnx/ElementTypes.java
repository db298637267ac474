package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.tensor.DataType;

<<<<<<< HEAD
/** Which of ONNX's element type numbers means which datatype, and how many bits an element takes in a file. */
public final class ElementTypes {
    private static final Map<Integer, DataType> BY_NUMBER = new HashMap<>();
    private static final Map<DataType, Integer> NUMBERS = new EnumMap<>(DataType.class);

    static {
        row(TensorProto.DataType.FLOAT, DataType.FP32);
        row(TensorProto.DataType.UINT8, DataType.UINT8);
        row(TensorProto.DataType.INT8, DataType.INT8);
        row(TensorProto.DataType.UINT16, DataType.UINT16);
        row(TensorProto.DataType.INT16, DataType.INT16);
        row(TensorProto.DataType.INT32, DataType.INT32);
        row(TensorProto.DataType.INT64, DataType.INT64);
        row(TensorProto.DataType.STRING, DataType.STRING);
        row(TensorProto.DataType.BOOL, DataType.BOOL);
        row(TensorProto.DataType.FLOAT16, DataType.FP16);
        row(TensorProto.DataType.DOUBLE, DataType.FP64);
        row(TensorProto.DataType.UINT32, DataType.UINT32);
        row(TensorProto.DataType.UINT64, DataType.UINT64);
        row(TensorProto.DataType.COMPLEX64, DataType.COMPLEX64);
        row(TensorProto.DataType.COMPLEX128, DataType.COMPLEX128);
        row(TensorProto.DataType.BFLOAT16, DataType.BF16);
        row(TensorProto.DataType.FLOAT8E4M3FN, DataType.FLOAT8E4M3FN);
        row(TensorProto.DataType.FLOAT8E4M3FNUZ, DataType.FLOAT8E4M3FNUZ);
        row(TensorProto.DataType.FLOAT8E5M2, DataType.FLOAT8E5M2);
        row(TensorProto.DataType.FLOAT8E5M2FNUZ, DataType.FLOAT8E5M2FNUZ);
        row(TensorProto.DataType.FLOAT8E8M0, DataType.FLOAT8E8M0);
        row(TensorProto.DataType.FLOAT4E2M1, DataType.FLOAT4E2M1);
        row(TensorProto.DataType.UINT4, DataType.UINT4);
        row(TensorProto.DataType.INT4, DataType.INT4);
        row(TensorProto.DataType.UINT2, DataType.UINT2);
        row(TensorProto.DataType.INT2, DataType.INT2);
    }

    private ElementTypes() {}

    /** The datatype that a file calls {@code number}; empty where the format knows no such type. */
    public static Optional<DataType> ofNumber(int number) {
        return Optional.ofNullable(BY_NUMBER.get(number));
    }

    static int number(DataType type) {
        Integer number = NUMBERS.get(type);
        if (number == null) {
            throw new IllegalArgumentException("ONNX has no number for " + type);
=======
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
>>>>>>> import
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
