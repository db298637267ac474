package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.operators.quantized.ConvInteger;
import dev.nereid.models.operators.quantized.DequantizeLinear;
import dev.nereid.models.operators.quantized.DynamicQuantizeLinear;
import dev.nereid.models.operators.quantized.DynamicQuantizedMatMul;
import dev.nereid.models.operators.quantized.MatMulInteger;
import dev.nereid.models.operators.quantized.MatMulIntegerToFloat;
import dev.nereid.models.operators.quantized.QLinearConv;
import dev.nereid.models.operators.quantized.QLinearMatMul;
import dev.nereid.models.operators.quantized.QuantizeLinear;
import java.util.List;

/** The list of the operators of this family that devices have kernels for. */
public final class QuantizedLowerings {
    private QuantizedLowerings() {}

    public static List<LoweringEntry<?>> all() {
        return List.of(
                LoweringEntry.of(ConvInteger.class, new ConvIntegerLowering()),
                LoweringEntry.widening(DequantizeLinear.class, new DequantizeLinearLowering()),
                LoweringEntry.of(DynamicQuantizeLinear.class, new DynamicQuantizeLinearLowering()),
                LoweringEntry.of(DynamicQuantizedMatMul.class, new DynamicQuantizedMatMulLowering()),
                LoweringEntry.of(MatMulInteger.class, new MatMulIntegerLowering()),
                LoweringEntry.of(MatMulIntegerToFloat.class, new MatMulIntegerToFloatLowering()),
                LoweringEntry.of(QLinearConv.class, new QLinearConvLowering()),
                LoweringEntry.of(QLinearMatMul.class, new QLinearMatMulLowering()),
                LoweringEntry.of(QuantizeLinear.class, new QuantizeLinearLowering()));
    }
}
