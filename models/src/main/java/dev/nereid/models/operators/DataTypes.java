package dev.nereid.models.operators;

import dev.nereid.tensor.DataType;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The sets of datatypes that ONNX's type constraints are made of. */
public final class DataTypes {
    /** FP16, BF16, FP32 and FP64. */
    public static final Set<DataType> FLOATS = Set.of(DataType.FP16, DataType.BF16, DataType.FP32, DataType.FP64);

    /** Integers of 8 to 64 bits, signed and unsigned. */
    public static final Set<DataType> INTEGERS = those(type -> type.isInteger() && !isNarrow(type));

    /** {@link #FLOATS} and {@link #INTEGERS}. */
    public static final Set<DataType> NUMBERS = those(type -> FLOATS.contains(type) || INTEGERS.contains(type));

    /** INT32 and INT64. */
    public static final Set<DataType> INDICES = Set.of(DataType.INT32, DataType.INT64);

    /** The types that quantisation rounds to: 8 bits and fewer, and 16 bit integers. */
    public static final Set<DataType> QUANTIZED = those(type -> type != DataType.BOOL
            && type != DataType.STRING
            && (type.bytes() == 1 || type == DataType.INT16 || type == DataType.UINT16));

    public static final Set<DataType> STRINGS = Set.of(DataType.STRING);

    public static final Set<DataType> BOOLS = Set.of(DataType.BOOL);

    private DataTypes() {}

    private static boolean isNarrow(DataType type) {
        return EnumSet.range(DataType.INT4, DataType.UINT2).contains(type);
    }

    private static Set<DataType> those(Predicate<DataType> condition) {
        return EnumSet.allOf(DataType.class).stream().filter(condition).collect(Collectors.toUnmodifiableSet());
    }
}
