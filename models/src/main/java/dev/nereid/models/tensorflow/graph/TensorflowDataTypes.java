package dev.nereid.models.tensorflow.graph;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import java.util.Map;
import java.util.Optional;

/** TensorFlow's datatypes as this engine's. */
public final class TensorflowDataTypes {
    private static final Map<dev.nereid.proto.tensorflow.DataType, DataType> TYPES = Map.ofEntries(
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_FLOAT, DataType.FP32),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_DOUBLE, DataType.FP64),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_HALF, DataType.FP16),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_BFLOAT16, DataType.BF16),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_INT8, DataType.INT8),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_INT16, DataType.INT16),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_INT32, DataType.INT32),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_INT64, DataType.INT64),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_UINT8, DataType.UINT8),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_UINT16, DataType.UINT16),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_UINT32, DataType.UINT32),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_UINT64, DataType.UINT64),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_BOOL, DataType.BOOL),
            Map.entry(dev.nereid.proto.tensorflow.DataType.DT_STRING, DataType.STRING));

    private TensorflowDataTypes() {}

    /** The type of the same elements; empty where the engine has none. */
    public static Optional<DataType> find(dev.nereid.proto.tensorflow.DataType type) {
        return Optional.ofNullable(TYPES.get(type));
    }

    /**
     * The type of the same elements.
     *
     * @throws ModelFormatException if the engine has none
     */
    public static DataType of(dev.nereid.proto.tensorflow.DataType type) {
        return find(type).orElseThrow(() -> new ModelFormatException("the datatype " + type + " is not supported"));
    }
}
