package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.recurrent.GateBlocks;
import dev.nereid.kernels.recurrent.Int8GateWeights;
import dev.nereid.kernels.recurrent.Int8RecurrentKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * QuantizedLSTM of the domain dev.nereid, which only the optimiser emits: com.microsoft.DynamicQuantizeLSTM whose weights
 * stay bytes. X and the hidden states are rounded to bytes, each row of a step by itself.
 *
 * <p>Inputs and outputs: those of DynamicQuantizeLSTM; weights, bias, scales and zero points are constants, and there are no
 * peepholes.
 */
public final class QuantizedLstm implements Operator {
    private static final int W_SCALE = 8;
    private static final int R_SCALE = 10;
    private static final int INPUTS = 12;
    private static final int[] DATA = {
        LayerTensors.X, LayerTensors.LENGTHS, LayerTensors.INITIAL_HIDDEN, LayerTensors.INITIAL_CELL
    };

    QuantizedLstm() {}

    /**
     * Whether a node of DynamicQuantizeLSTM may become one of this operator.
     *
     * @throws ModelFormatException if its attributes are not those of LSTM
     */
    public static boolean suits(Node node, Predicate<Value> isConstant) {
        RecurrentAttributes attributes = RecurrentAttributes.of(RecurrentKind.LSTM, node.attributes());
        return !attributes.coupled()
                && !attributes.batchFirst()
                && attributes.clip().isEmpty()
                && attributes.hasFunctions(RecurrentKind.LSTM.activations())
                && node.input(LayerTensors.PEEPHOLES).isEmpty()
                && IntStream.range(0, INPUTS)
                        .filter(input -> IntStream.of(DATA).noneMatch(data -> data == input))
                        .allMatch(
                                input -> node.input(input).map(isConstant::test).orElse(true));
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(LayerTensors.X);
        TensorType r = in.type(LayerTensors.R);
        if (r.rank() != 3 || (x.hasRank() && x.rank() != 3)) {
            throw new ModelFormatException("X and R: expected rank 3, got " + x + " and " + r);
        }
        Dim steps = x.hasRank() ? x.dim(0) : in.unknownDim();
        Dim batch = x.hasRank() ? x.dim(1) : in.unknownDim();
        Dim directions = r.dim(0);
        Dim hidden = r.dim(1);
        TensorType states = TensorType.of(DataType.FP32, List.of(directions, batch, hidden));
        return List.of(TensorType.of(DataType.FP32, List.of(steps, directions, batch, hidden)), states, states);
    }

    @Override
    public void lower(Lowering lowering) {
        RecurrentAttributes attributes = RecurrentAttributes.of(RecurrentKind.LSTM, lowering.attributes());
        Int8RecurrentKernels kernels = lowering.kernels().recurrent().ofBytes().orElseThrow();
        RowMath math = RowMath.of(DataType.FP32, lowering.kernels().elementwise());
        int[] read = IntStream.of(DATA).filter(lowering::has).toArray();
        FusedWeights weights = weights(lowering, attributes, kernels);
        lowering.stepReading(read, new FusedStep(RecurrentKind.LSTM, attributes, math, weights));
    }

    private static FusedWeights weights(
            Lowering lowering, RecurrentAttributes attributes, Int8RecurrentKernels kernels) {
        WeightSizes sizes = sizes(lowering, attributes);
        GateBlocks blocks = new GateBlocks(RecurrentKind.LSTM.gates(), sizes.hidden());
        int columns = RecurrentKind.LSTM.gates() * sizes.hidden();
        Optional<Tensor> bias = lowering.constant(LayerTensors.BIAS);
        bias.ifPresent(tensor -> WeightSizes.require("B", tensor.shape(), Shape.of(sizes.directions(), 2L * columns)));
        List<FusedWeights.Pass> passes = new ArrayList<>();
        for (int d = 0; d < sizes.directions(); d++) {
            long biases = 2L * d * columns;
            Int8GateWeights input = Int8GateWeights.pack(
                    blocks,
                    source(lowering, LayerTensors.W, W_SCALE, d, sizes.input(), columns),
                    lowering::constantMemory);
            Int8GateWeights recurrent = Int8GateWeights.pack(
                    blocks,
                    source(lowering, LayerTensors.R, R_SCALE, d, sizes.hidden(), columns),
                    lowering::constantMemory);
            passes.add(new FusedWeights.Pass(
                    new GateProduct.Int8(kernels, input),
                    bias.map(b -> FusedWeights.bias(
                            RecurrentKind.LSTM, blocks, b.segment(), biases, lowering::constantMemory)),
                    new PassSteps.Int8Lstm(kernels, recurrent)));
        }
        return new FusedWeights(sizes, blocks, List.copyOf(passes));
    }

    /** W: [directions, input, 4 * hidden], R: [directions, hidden, 4 * hidden]. */
    private static WeightSizes sizes(Lowering lowering, RecurrentAttributes attributes) {
        Shape w = lowering.constant(LayerTensors.W).orElseThrow().shape();
        Shape r = lowering.constant(LayerTensors.R).orElseThrow().shape();
        return WeightSizes.of(RecurrentKind.LSTM, attributes, transposed(w), transposed(r));
    }

    private static Shape transposed(Shape weights) {
        return weights.rank() == 3 ? Shape.of(weights.dim(0), weights.dim(2), weights.dim(1)) : weights;
    }

    /** The weights of a direction, with a scale and a zero point for each column. */
    private static Int8GateWeights.Source source(
            Lowering lowering, int input, int scale, int direction, int k, int columns) {
        Tensor weights = lowering.constant(input).orElseThrow();
        long from = (long) direction * k * columns;
        return new Int8GateWeights.Source(
                weights.dataType() == DataType.INT8,
                k,
                weights.segment().asSlice(from, (long) k * columns),
                lowering.constant(scale + 1)
                        .map(zeroPoints -> ofColumns(lowering, zeroPoints, direction, columns))
                        .orElseGet(() -> lowering.constantMemory(columns).fill((byte) 0)),
                ofColumns(lowering, lowering.constant(scale).orElseThrow(), direction, columns));
    }

    /** Of [directions] or [directions, columns] elements those of a direction, one a column. */
    private static MemorySegment ofColumns(Lowering lowering, Tensor tensor, int direction, int columns) {
        long bytes = tensor.dataType().bytes();
        long each = tensor.shape().elements() / tensor.shape().dim(0);
        if (each != 1 && each != columns) {
            throw new ModelFormatException("expected a scale and a zero point for each of " + columns
                    + " columns or one, got " + tensor.shape());
        }
        MemorySegment all = lowering.constantMemory(columns * bytes);
        for (int column = 0; column < columns; column++) {
            long from = direction * each + (each == 1 ? 0 : column);
            MemorySegment.copy(tensor.segment(), from * bytes, all, column * bytes, bytes);
        }
        return all;
    }
}
