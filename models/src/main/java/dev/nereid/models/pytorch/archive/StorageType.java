package dev.nereid.models.pytorch.archive;

import dev.nereid.tensor.DataType;
import java.util.Optional;

/** The element types of storages, by the names of PyTorch's storage classes. */
public enum StorageType {
    FLOAT("FloatStorage", DataType.FP32),
    DOUBLE("DoubleStorage", DataType.FP64),
    HALF("HalfStorage", DataType.FP16),
    BFLOAT16("BFloat16Storage", DataType.BF16),
    LONG("LongStorage", DataType.INT64),
    INT("IntStorage", DataType.INT32),
    SHORT("ShortStorage", DataType.INT16),
    CHAR("CharStorage", DataType.INT8),
    BYTE("ByteStorage", DataType.UINT8),
    BOOL("BoolStorage", DataType.BOOL),
    COMPLEX_FLOAT("ComplexFloatStorage", DataType.COMPLEX64),
    COMPLEX_DOUBLE("ComplexDoubleStorage", DataType.COMPLEX128),
    QUANTIZED_INT8("QInt8Storage", DataType.INT8),
    QUANTIZED_UINT8("QUInt8Storage", DataType.UINT8),
    QUANTIZED_INT32("QInt32Storage", DataType.INT32);

    private final String className;
    private final DataType dataType;

    StorageType(String className, DataType dataType) {
        this.className = className;
        this.dataType = dataType;
    }

    /** The type of the elements; of quantised ones that of the integers. */
    public DataType dataType() {
        return dataType;
    }

    /** The type that {@code torch.className} stores; empty where there is none. */
    static Optional<StorageType> ofClass(String className) {
        for (StorageType type : values()) {
            if (type.className.equals(className)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
