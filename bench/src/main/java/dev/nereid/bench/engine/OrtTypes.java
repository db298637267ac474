package dev.nereid.bench.engine;

import ai.onnxruntime.OnnxJavaType;
import dev.nereid.tensor.DataType;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Our datatypes beside those of ONNX Runtime's Java API. */
public final class OrtTypes {
    private static final Map<DataType, OnnxJavaType> TYPES = new EnumMap<>(Map.ofEntries(
            Map.entry(DataType.FP32, OnnxJavaType.FLOAT),
            Map.entry(DataType.FP64, OnnxJavaType.DOUBLE),
            Map.entry(DataType.FP16, OnnxJavaType.FLOAT16),
            Map.entry(DataType.BF16, OnnxJavaType.BFLOAT16),
            Map.entry(DataType.INT64, OnnxJavaType.INT64),
            Map.entry(DataType.INT32, OnnxJavaType.INT32),
            Map.entry(DataType.INT16, OnnxJavaType.INT16),
            Map.entry(DataType.INT8, OnnxJavaType.INT8),
            Map.entry(DataType.UINT8, OnnxJavaType.UINT8),
            Map.entry(DataType.BOOL, OnnxJavaType.BOOL),
            Map.entry(DataType.STRING, OnnxJavaType.STRING)));

    private OrtTypes() {}

    /**
     * ONNX Runtime's name of a datatype.
     *
     * @throws IllegalArgumentException if its Java API has no such tensors
     */
    public static OnnxJavaType of(DataType type) {
        return Optional.ofNullable(TYPES.get(type))
                .orElseThrow(() -> new IllegalArgumentException(
                        "datatype " + type.protocolName() + ": ONNX Runtime's Java API has no such tensors"));
    }

    /**
     * Our name of a datatype.
     *
     * @throws IllegalArgumentException if we have no such tensors
     */
    public static DataType of(OnnxJavaType type) {
        return TYPES.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("ONNX Runtime's type " + type + " has no counterpart"));
    }
}
