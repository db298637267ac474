package dev.nereid.models.operators.quantized;

import static dev.nereid.models.operators.quantized.QuantizedPort.at;
import static dev.nereid.models.operators.quantized.QuantizedPort.output;
import static dev.nereid.models.operators.quantized.QuantizedPort.plain;

import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The list of the quantised operators of the domain com.microsoft, which ONNX Runtime's quantiser writes. */
final class MicrosoftQuantizedOperators {
    private static final String DOMAIN = "com.microsoft";

    private static final Set<DataType> BYTES = EnumSet.of(DataType.INT8, DataType.UINT8);
    private static final Set<DataType> INTEGERS =
            EnumSet.of(DataType.INT8, DataType.UINT8, DataType.INT16, DataType.UINT16, DataType.INT4, DataType.UINT4);
    private static final Set<DataType> FLOATS = EnumSet.of(DataType.FP16, DataType.FP32);

    private MicrosoftQuantizedOperators() {}

    static List<Entry> all() {
        return List.of(
                row("QuantizeLinear", new QuantizeLinear())
                        .taking(0, FLOATS)
                        .taking(1, FLOATS)
                        .taking(2, INTEGERS),
                row("DequantizeLinear", new DequantizeLinear())
                        .taking(
                                0,
                                EnumSet.of(
                                        DataType.INT8,
                                        DataType.UINT8,
                                        DataType.INT16,
                                        DataType.UINT16,
                                        DataType.INT32,
                                        DataType.INT4,
                                        DataType.UINT4))
                        .taking(1, FLOATS),
                row("QLinearAdd", DequantizedOperator.of("Add", output(6), at(0), at(3)))
                        .taking(0, BYTES)
                        .taking(3, BYTES),
                row("QLinearMul", DequantizedOperator.of("Mul", output(6), at(0), at(3)))
                        .taking(0, BYTES)
                        .taking(3, BYTES),
                row("QLinearSigmoid", DequantizedOperator.of("Sigmoid", output(3), at(0)))
                        .taking(BYTES),
                row("QLinearLeakyRelu", DequantizedOperator.of("LeakyRelu", output(3), at(0)))
                        .taking(BYTES),
                row("QLinearSoftmax", over(DequantizedOperator::softmax)).taking(BYTES),
                row("QLinearAveragePool", over(DequantizedOperator::averagePool))
                        .taking(BYTES),
                row("QLinearGlobalAveragePool", over(DequantizedOperator::globalAveragePool))
                        .taking(BYTES),
                row("QLinearReduceMean", over(DequantizedOperator::reduceMean)).taking(BYTES),
                row("QLinearConcat", concat()).taking(2, BYTES),
                row("QLinearWhere", DequantizedOperator.of("Where", output(7), plain(0), at(1), at(4)))
                        .taking(0, EnumSet.of(DataType.BOOL))
                        .taking(1, BYTES)
                        .taking(4, BYTES),
                QuantizedOperators.qLinearConv(row("QLinearConv", new QLinearConv())),
                row("QGemm", new QGemm()).taking(0, BYTES).taking(3, BYTES).taking(6, EnumSet.of(DataType.INT32)),
                row("MatMulIntegerToFloat", new MatMulIntegerToFloat())
                        .taking(0, BYTES)
                        .taking(1, BYTES)
                        .taking(2, FLOATS)
                        .taking(3, FLOATS)
                        .taking(6, EnumSet.of(DataType.FP32)),
                row("DynamicQuantizeMatMul", new DynamicQuantizeMatMul())
                        .taking(0, EnumSet.of(DataType.FP32))
                        .taking(1, BYTES)
                        .taking(2, EnumSet.of(DataType.FP32))
                        .taking(4, EnumSet.of(DataType.FP32))
                        .noting("the scale is that of the whole batch"),
                row("QAttention", new QAttention())
                        .taking(0, BYTES)
                        .taking(1, BYTES)
                        .taking(2, EnumSet.of(DataType.FP32))
                        .taking(3, EnumSet.of(DataType.FP32))
                        .taking(4, EnumSet.of(DataType.FP32))
                        .taking(5, EnumSet.of(DataType.INT32))
                        .taking(6, BYTES)
                        .taking(7, BYTES)
                        .taking(8, EnumSet.of(DataType.FP32)),
                embedding(),
                row("DynamicQuantizeLSTM", new DynamicQuantizeLstm())
                        .taking(0, EnumSet.of(DataType.FP32))
                        .taking(DynamicQuantizeLstm.W, BYTES)
                        .taking(DynamicQuantizeLstm.R, BYTES)
                        .taking(DynamicQuantizeLstm.W_SCALE, EnumSet.of(DataType.FP32))
                        .taking(DynamicQuantizeLstm.R_SCALE, EnumSet.of(DataType.FP32))
                        .noting("the input of each step is rounded to bytes row by row, or not at all"),
                row("MatMulInteger16", new MatMulInteger16())
                        .taking(0, EnumSet.of(DataType.INT16))
                        .taking(1, EnumSet.of(DataType.INT16)));
    }

    private static Entry embedding() {
        Entry row = row("QEmbedLayerNormalization", new QEmbedLayerNormalization())
                .taking(0, EnumSet.of(DataType.INT32))
                .taking(1, EnumSet.of(DataType.INT32))
                .taking(QEmbedLayerNormalization.MASK, EnumSet.of(DataType.INT32));
        for (int table = QEmbedLayerNormalization.WORDS; table <= QEmbedLayerNormalization.BETA; table++) {
            row = row.taking(table, BYTES)
                    .taking(QEmbedLayerNormalization.FIRST_SCALE + table - QEmbedLayerNormalization.WORDS, FLOATS);
        }
        return row;
    }

    private static DequantizedOperator over(DequantizedOperator.FloatOperator floats) {
        return new DequantizedOperator(floats, _ -> List.of(at(0)), output(3));
    }

    /** The output's scale and zero point come first, then any number of tensors. */
    private static DequantizedOperator concat() {
        return new DequantizedOperator(DequantizedOperator.plain("Concat"), inputs -> tensors(2, inputs), output(0));
    }

    private static List<QuantizedPort> tensors(int first, int inputs) {
        List<QuantizedPort> ports = new ArrayList<>();
        for (int tensor = first; tensor + 2 < inputs + 1; tensor += 3) {
            ports.add(at(tensor));
        }
        return ports;
    }

    private static Entry row(String name, Operator operator) {
        return Entry.of(DOMAIN, name, 1, operator);
    }
}
