package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.ByteArithmeticKernels;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The list of the quantized operators. */
public final class QuantizedOperators {
    private static final String INTERNAL = "dev.nereid";

    private static final Set<DataType> BYTES = EnumSet.of(DataType.INT8, DataType.UINT8);
    private static final Set<DataType> HALVES = EnumSet.of(DataType.FP16, DataType.BF16, DataType.FP32);
    private static final Set<DataType> FLOAT = EnumSet.of(DataType.FP32);

    private QuantizedOperators() {}

    /** Every quantized operator with its versions. */
    public static List<Entry> all() {
        return Stream.concat(onnx().stream(), MicrosoftQuantizedOperators.all().stream())
                .toList();
    }

    private static List<Entry> onnx() {
        return List.of(
                quantizeLinear(10, EnumSet.of(DataType.FP32, DataType.INT32), FLOAT, BYTES),
                quantizeLinear(13, EnumSet.of(DataType.FP32, DataType.INT32), FLOAT, BYTES),
                quantizeLinear(19, with(HALVES, DataType.INT32), HALVES, eightBits()),
                quantizeLinear(21, with(HALVES, DataType.INT32), HALVES, DataTypes.QUANTIZED),
                quantizeLinear(23, with(HALVES, DataType.INT32), scales(), DataTypes.QUANTIZED),
                dequantizeLinear(10, with(BYTES, DataType.INT32), FLOAT),
                dequantizeLinear(13, with(BYTES, DataType.INT32), FLOAT),
                dequantizeLinear(19, with(eightBits(), DataType.INT32), HALVES),
                dequantizeLinear(21, with(DataTypes.QUANTIZED, DataType.INT32), HALVES),
                dequantizeLinear(23, with(DataTypes.QUANTIZED, DataType.INT32), scales()),
                Entry.of("DynamicQuantizeLinear", 11, new DynamicQuantizeLinear())
                        .taking(FLOAT)
                        .noting("the scale is that of the whole batch"),
                Entry.of("MatMulInteger", 10, new MatMulInteger())
                        .taking(0, BYTES)
                        .taking(1, BYTES)
                        .taking(2, BYTES)
                        .taking(3, BYTES),
                Entry.of("QLinearMatMul", 10, new QLinearMatMul())
                        .taking(0, BYTES)
                        .taking(1, FLOAT)
                        .taking(3, BYTES)
                        .taking(4, FLOAT)
                        .taking(6, FLOAT)
                        .taking(7, BYTES),
                Entry.of("QLinearMatMul", 21, new QLinearMatMul())
                        .taking(0, BYTES)
                        .taking(1, HALVES)
                        .taking(3, BYTES)
                        .taking(4, HALVES)
                        .taking(6, HALVES)
                        .taking(7, BYTES),
                Entry.of("ConvInteger", 10, new ConvInteger()).taking(0, BYTES).taking(1, BYTES),
                qLinearConv(Entry.of("QLinearConv", 10, new QLinearConv())),
                Entry.of(INTERNAL, "DynamicQuantizedMatMul", 1, new DynamicQuantizedMatMul())
                        .taking(FLOAT),
                binary("QuantizedAdd", ByteArithmeticKernels::add),
                binary("QuantizedMul", ByteArithmeticKernels::multiply),
                Entry.of(INTERNAL, "FixedPointScale", 1, new FixedPointScale()).taking(EnumSet.of(DataType.INT32)),
                Entry.of(INTERNAL, "ByteSoftmax", 1, new ByteSoftmax()).taking(BYTES),
                Entry.of(INTERNAL, "QuantizedMaxPool", 1, new QuantizedPool(QuantizedPool.Kind.MAX))
                        .taking(BYTES),
                Entry.of(INTERNAL, "QuantizedAveragePool", 1, new QuantizedPool(QuantizedPool.Kind.MEAN))
                        .taking(0, BYTES)
                        .taking(1, FLOAT)
                        .taking(2, BYTES)
                        .taking(3, FLOAT)
                        .taking(4, BYTES));
    }

    private static Entry binary(String name, QuantizedBinary.Kernel kernel) {
        return Entry.of(INTERNAL, name, 1, new QuantizedBinary(kernel))
                .taking(0, BYTES)
                .taking(1, FLOAT)
                .taking(2, BYTES)
                .taking(3, BYTES)
                .taking(4, FLOAT)
                .taking(5, BYTES)
                .taking(6, FLOAT)
                .taking(7, BYTES);
    }

    static Entry qLinearConv(Entry row) {
        return row.taking(0, BYTES)
                .taking(1, FLOAT)
                .taking(3, BYTES)
                .taking(4, FLOAT)
                .taking(6, FLOAT)
                .taking(7, BYTES)
                .taking(8, EnumSet.of(DataType.INT32));
    }

    private static Entry quantizeLinear(int since, Set<DataType> from, Set<DataType> scales, Set<DataType> to) {
        return Entry.of("QuantizeLinear", since, new QuantizeLinear())
                .taking(0, from)
                .taking(1, scales)
                .taking(2, to);
    }

    private static Entry dequantizeLinear(int since, Set<DataType> from, Set<DataType> scales) {
        return Entry.of("DequantizeLinear", since, new DequantizeLinear())
                .taking(0, from)
                .taking(1, scales)
                .taking(2, from);
    }

    /** Bytes and the floats of eight bits that are numbers. */
    private static Set<DataType> eightBits() {
        return EnumSet.of(
                DataType.INT8,
                DataType.UINT8,
                DataType.FLOAT8E4M3FN,
                DataType.FLOAT8E4M3FNUZ,
                DataType.FLOAT8E5M2,
                DataType.FLOAT8E5M2FNUZ);
    }

    private static Set<DataType> scales() {
        return with(HALVES, DataType.FLOAT8E8M0);
    }

    private static Set<DataType> with(Set<DataType> types, DataType another) {
        return Stream.concat(types.stream(), Stream.of(another)).collect(Collectors.toUnmodifiableSet());
    }
}
