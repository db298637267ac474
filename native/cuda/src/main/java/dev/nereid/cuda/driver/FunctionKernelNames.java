package dev.nereid.cuda.driver;

import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.tensor.DataType;
import java.util.Locale;
import java.util.Optional;

/** Names of the CUDA kernels of elementwise functions, casts and reductions. */
final class FunctionKernelNames {
    private FunctionKernelNames() {}

    static String unary(UnaryOp op) {
        return "unary_" + lower(op);
    }

    /** Of integers and truth values. */
    static String unary(UnaryOp op, DataType type) {
        return "unary_" + lower(op) + "_" + lower(type);
    }

    static String binary(BinaryOp op, DataType type, boolean dense) {
        return (dense ? "binary_" : "broadcast_") + lower(op) + "_" + lower(type);
    }

    static String compare(CompareOp op, DataType type, boolean dense) {
        return (dense ? "binary_" : "broadcast_") + lower(op) + "_" + lower(type);
    }

    static String reduce(ReduceOp op, DataType type, boolean rows) {
        return "reduce_" + lower(op) + "_" + lower(type) + (rows ? "_rows" : "_columns");
    }

    static String running(Accumulation accumulation, DataType type) {
        return "running_" + lower(accumulation) + "_" + lower(type);
    }

    static String cast(DataType from, DataType to) {
        return "cast_" + lower(from) + "_" + lower(to);
    }

    /** Updates that are put in are known by the bytes of an element. */
    static String scatter(Optional<BinaryOp> reduction, DataType type) {
        return "scatter_" + reduction.map(op -> lower(op) + "_" + lower(type)).orElse(Integer.toString(type.bytes()));
    }

    static String argMinMax(DataType type, boolean rows) {
        return (rows ? "extreme_rows_" : "extreme_columns_") + lower(type);
    }

    static String range(DataType type) {
        return "range_of_" + lower(type);
    }

    private static String lower(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }
}
