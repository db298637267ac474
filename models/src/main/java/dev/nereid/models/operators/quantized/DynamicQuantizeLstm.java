package dev.nereid.models.operators.quantized;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Formula;
import dev.nereid.models.operators.FunctionOperator;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * com.microsoft.DynamicQuantizeLSTM: ONNX LSTM with quantised weights, which are dequantised: once where they are
 * constants. Its activations are not rounded. The optimiser makes another operator of it where there are kernels that
 * multiply its bytes.
 *
 * <p>Inputs: those of LSTM, but for w: [directions, width, 4 * size] and r: [directions, size, 4 * size], transposed to
 * LSTM's; then the scales and zero points of w and of r: [directions] or [directions, 4 * size]. Outputs: those of LSTM.
 */
final class DynamicQuantizeLstm implements FunctionOperator {
    static final int W = 1;
    static final int R = 2;
    private static final int LSTM_INPUTS = 8;
    static final int W_SCALE = 8;
    static final int R_SCALE = 10;

    private static final Map<String, Attribute> SWAPPED = Map.of("perm", Formula.list(0, 2, 1));

    @Override
    public List<Node> expand(Node node) {
        Formula formula = new Formula(node);
        List<Optional<Value>> inputs = new ArrayList<>();
        for (int i = 0; i < LSTM_INPUTS; i++) {
            inputs.add(node.input(i));
        }
        inputs.set(W, Optional.of(weights(formula, W, W_SCALE)));
        inputs.set(R, Optional.of(weights(formula, R, R_SCALE)));
        int outputs = node.outputs().size();
        List<Value> made = formula.add("LSTM", node.attributes().map(), inputs, outputs);
        for (int output = 0; output < outputs; output++) {
            formula.give(output, made.get(output));
        }
        return formula.nodes();
    }

    private static Value weights(Formula formula, int input, int scale) {
        Value numbers = formula.cast(formula.input(input), DataType.FP32);
        if (formula.has(scale + 1)) {
            Value zeroPoint = formula.cast(formula.input(scale + 1), DataType.FP32);
            numbers = formula.add("Sub", numbers, byColumn(formula, zeroPoint));
        }
        Value weights = formula.add("Mul", numbers, byColumn(formula, formula.input(scale)));
        return formula.add("Transpose", SWAPPED, weights);
    }

    /** [directions] or [directions, columns] as [directions, 1, 1 or columns]. */
    private static Value byColumn(Formula formula, Value value) {
        return formula.add("Reshape", value, formula.integers(0, 1, -1));
    }
}
