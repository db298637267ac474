package dev.nereid.server.tensorflow;

import dev.nereid.tensor.DataType;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Datatypes as TensorFlow numbers and names them. */
public final class TensorflowTypes {
    /** @param name as errors write it */
    private record Row(DataType type, dev.nereid.proto.tensorflow.DataType wire, String name) {}

    private static final Map<DataType, Row> BY_TYPE = new EnumMap<>(DataType.class);
    private static final Map<dev.nereid.proto.tensorflow.DataType, Row> BY_WIRE =
            new EnumMap<>(dev.nereid.proto.tensorflow.DataType.class);

    static {
        add(DataType.FP32, dev.nereid.proto.tensorflow.DataType.DT_FLOAT, "float");
        add(DataType.FP64, dev.nereid.proto.tensorflow.DataType.DT_DOUBLE, "double");
        add(DataType.INT8, dev.nereid.proto.tensorflow.DataType.DT_INT8, "int8");
        add(DataType.INT16, dev.nereid.proto.tensorflow.DataType.DT_INT16, "int16");
        add(DataType.INT32, dev.nereid.proto.tensorflow.DataType.DT_INT32, "int32");
        add(DataType.INT64, dev.nereid.proto.tensorflow.DataType.DT_INT64, "int64");
        add(DataType.UINT8, dev.nereid.proto.tensorflow.DataType.DT_UINT8, "uint8");
        add(DataType.UINT16, dev.nereid.proto.tensorflow.DataType.DT_UINT16, "uint16");
        add(DataType.UINT32, dev.nereid.proto.tensorflow.DataType.DT_UINT32, "uint32");
        add(DataType.UINT64, dev.nereid.proto.tensorflow.DataType.DT_UINT64, "uint64");
        add(DataType.BOOL, dev.nereid.proto.tensorflow.DataType.DT_BOOL, "bool");
        add(DataType.STRING, dev.nereid.proto.tensorflow.DataType.DT_STRING, "string");
        add(DataType.FP16, dev.nereid.proto.tensorflow.DataType.DT_HALF, "half");
        add(DataType.BF16, dev.nereid.proto.tensorflow.DataType.DT_BFLOAT16, "bfloat16");
    }

    private TensorflowTypes() {}

    private static void add(DataType type, dev.nereid.proto.tensorflow.DataType wire, String name) {
        Row row = new Row(type, wire, name);
        BY_TYPE.put(type, row);
        BY_WIRE.put(wire, row);
    }

    /** The type of a message's tensor; empty where Nereid has no such type. */
    public static Optional<DataType> of(dev.nereid.proto.tensorflow.DataType wire) {
        return Optional.ofNullable(BY_WIRE.get(wire)).map(Row::type);
    }

    /** What messages call a type; DT_INVALID where TensorFlow has no such type. */
    public static dev.nereid.proto.tensorflow.DataType wire(DataType type) {
        Row row = BY_TYPE.get(type);
        return row == null ? dev.nereid.proto.tensorflow.DataType.DT_INVALID : row.wire();
    }

    /** What errors call a type. */
    public static String name(DataType type) {
        Row row = BY_TYPE.get(type);
        return row == null ? "invalid" : row.name();
    }
}
