package dev.nereid.models.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The numbers by which ONNX attributes such as {@code to} and {@code dtype} name datatypes. */
public final class OnnxTypes {
    private static final List<DataType> BY_NUMBER = List.of(
            DataType.FP32,
            DataType.UINT8,
            DataType.INT8,
            DataType.UINT16,
            DataType.INT16,
            DataType.INT32,
            DataType.INT64,
            DataType.STRING,
            DataType.BOOL,
            DataType.FP16,
            DataType.FP64,
            DataType.UINT32,
            DataType.UINT64,
            DataType.COMPLEX64,
            DataType.COMPLEX128,
            DataType.BF16,
            DataType.FLOAT8E4M3FN,
            DataType.FLOAT8E4M3FNUZ,
            DataType.FLOAT8E5M2,
            DataType.FLOAT8E5M2FNUZ,
            DataType.UINT4,
            DataType.INT4,
            DataType.FLOAT4E2M1,
            DataType.FLOAT8E8M0,
            DataType.UINT2,
            DataType.INT2);

    /** What the first versions of ONNX called the types that do not have the name they have here. */
    private static final Map<String, DataType> NAMES = Map.of(
            "FLOAT", DataType.FP32,
            "FLOAT16", DataType.FP16,
            "DOUBLE", DataType.FP64);

    private OnnxTypes() {}

    /**
     * The datatype that ONNX calls {@code number}.
     *
     * @throws ModelFormatException if there is none
     */
    public static DataType dataType(long number) {
        if (number < 1 || number > BY_NUMBER.size()) {
            throw new ModelFormatException("element type " + number + " is not known");
        }
        return BY_NUMBER.get((int) number - 1);
    }

    /**
     * The datatype that the first versions of ONNX call {@code name}.
     *
     * @throws ModelFormatException if there is none
     */
    public static DataType dataType(String name) {
        return Optional.ofNullable(NAMES.get(name))
                .or(() -> BY_NUMBER.stream()
                        .filter(type -> type.name().equals(name))
                        .findFirst())
                .orElseThrow(() -> new ModelFormatException("element type '" + name + "' is not known"));
    }

    /** The number of a datatype. */
    public static int number(DataType type) {
        return BY_NUMBER.indexOf(type) + 1;
    }
}
