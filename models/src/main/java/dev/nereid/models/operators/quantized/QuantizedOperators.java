package dev.nereid.models.operators.quantized;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the quantized operators. */
public final class QuantizedOperators {
    private static final String INTERNAL = "dev.nereid";

    private QuantizedOperators() {}

    /** Every quantized operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("QuantizeLinear", 10, new QuantizeLinear()),
                Entry.of("DequantizeLinear", 10, new DequantizeLinear()),
                Entry.of("DynamicQuantizeLinear", 11, new DynamicQuantizeLinear()),
                Entry.of("MatMulInteger", 10, new MatMulInteger()),
                Entry.of("QLinearMatMul", 10, new QLinearMatMul()),
                Entry.of("ConvInteger", 10, new ConvInteger()),
                Entry.of("QLinearConv", 10, new QLinearConv()),
                Entry.of(INTERNAL, "DynamicQuantizedMatMul", 1, new DynamicQuantizedMatMul()));
    }
}
