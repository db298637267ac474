package dev.nereid.models.operators;

import dev.nereid.tensor.DataType;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The sets of datatypes that ONNX's type constraints are made of. */
public final class DataTypes {
    /** FP16 and BF16. */
    public static final Set<DataType> HALVES = Set.of(DataType.FP16, DataType.BF16);

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

    /** Every type, complex numbers among them. */
    public static final Set<DataType> ALL = those(_ -> true);

    /** Every type but the complex ones. */
    public static final Set<DataType> NOT_COMPLEX = those(type -> type.kind() != DataType.Kind.COMPLEX);

    /** Unsigned integers of 8 to 64 bits. */
    public static final Set<DataType> UNSIGNED =
            those(type -> INTEGERS.contains(type) && type.kind() == DataType.Kind.UNSIGNED);

    /** {@link #NUMBERS} with a sign. */
    public static final Set<DataType> SIGNED =
            those(type -> NUMBERS.contains(type) && type.kind() != DataType.Kind.UNSIGNED);

    /** What matrices are made of: {@link #FLOATS} and integers of 32 and 64 bits. */
    public static final Set<DataType> FACTORS =
            those(type -> FLOATS.contains(type) || (INTEGERS.contains(type) && type.bytes() >= 4));

    /** {@link #NUMBERS} and truth values. */
    public static final Set<DataType> NUMBERS_AND_BOOL = those(type -> NUMBERS.contains(type) || type == DataType.BOOL);

    /** {@link #FLOATS} and the float formats of 8 bits that have a NaN. */
    public static final Set<DataType> FLOATS_AND_FLOAT8 =
            those(type -> type.isFloat() && type != DataType.FLOAT4E2M1 && type != DataType.FLOAT8E8M0);

    private DataTypes() {}

    private static boolean isNarrow(DataType type) {
        return EnumSet.range(DataType.INT4, DataType.UINT2).contains(type);
    }

    private static Set<DataType> those(Predicate<DataType> condition) {
        return EnumSet.allOf(DataType.class).stream().filter(condition).collect(Collectors.toUnmodifiableSet());
    }
}
