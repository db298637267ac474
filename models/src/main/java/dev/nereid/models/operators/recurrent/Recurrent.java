package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.recurrent.RecurrentKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Casts;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * ONNX RNN, GRU and LSTM. FP16 and BF16 are computed in FP32.
 *
 * <p>X: [steps, batch, input]; W: [directions, gates * hidden, input]; R: [directions, gates * hidden, hidden]; B:
 * [directions, 2 * gates * hidden]; sequence_lens: [batch]; initial_h, initial_c: [directions, batch, hidden]; P:
 * [directions, 3 * hidden]; Y: [steps, directions, batch, hidden]; Y_h, Y_c: [directions, batch, hidden]. In layout 1 the
 * batch is the outermost axis of X, Y and the states.
 */
public record Recurrent(RecurrentKind kind) implements Operator {
    private static final int[] ALL_BUT_WEIGHTS = {
        LayerTensors.X,
        LayerTensors.BIAS,
        LayerTensors.LENGTHS,
        LayerTensors.INITIAL_HIDDEN,
        LayerTensors.INITIAL_CELL,
        LayerTensors.PEEPHOLES
    };

    @Override
    public List<TensorType> outputTypes(Inference in) {
        RecurrentAttributes attributes = RecurrentAttributes.of(kind, in.attributes());
        TensorType x = in.type(LayerTensors.X);
        checkTypes(in, x.dataType());
        TensorType r = in.type(LayerTensors.R);
        Dim hidden = attributes
                .hiddenSize()
                .map(Dim::of)
                .orElseGet(() -> r.hasRank() && r.rank() == 3 ? r.dim(2) : in.unknownDim());
        if (x.hasRank() && x.rank() != 3) {
            throw new ModelFormatException("X: expected rank 3, got " + x);
        }
        checkSizes(in, attributes);
        Dim outer = x.hasRank() ? x.dim(0) : in.unknownDim();
        Dim inner = x.hasRank() ? x.dim(1) : in.unknownDim();
        Dim directions = Dim.of(attributes.direction().count());
        List<Dim> y = attributes.batchFirst()
                ? List.of(outer, inner, directions, hidden)
                : List.of(outer, directions, inner, hidden);
        List<Dim> states =
                attributes.batchFirst() ? List.of(outer, directions, hidden) : List.of(directions, inner, hidden);
        List<TensorType> types = new ArrayList<>();
        types.add(TensorType.of(x.dataType(), y));
        types.add(TensorType.of(x.dataType(), states));
        if (kind.hasCellState()) {
            types.add(TensorType.of(x.dataType(), states));
        }
        return types;
    }

    /** Checks the weights' shapes and the input's, as far as they are known. */
    private void checkSizes(Inference in, RecurrentAttributes attributes) {
        Optional<Shape> w = in.type(LayerTensors.W).shape();
        Optional<Shape> r = in.type(LayerTensors.R).shape();
        if (w.isPresent() && r.isPresent()) {
            WeightSizes sizes = WeightSizes.of(kind, attributes, w.get(), r.get());
            DimChecks.dim("X", in.type(LayerTensors.X), 2, Dim.of(sizes.input()));
        }
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(LayerTensors.X).dataType();
        DataType computed = type == DataType.FP64 ? DataType.FP64 : DataType.FP32;
        RecurrentAttributes attributes = RecurrentAttributes.of(kind, lowering.attributes());
        RowMath math = RowMath.of(computed, lowering.kernels().elementwise());
        MatMulKernels products = lowering.kernels().matMul();
        Optional<Tensor> w = lowering.constant(LayerTensors.W);
        Optional<Tensor> r = lowering.constant(LayerTensors.R);
        // Weights of FP64 are multiplied as they are: there is nothing to prepare.
        if (w.isEmpty() || r.isEmpty() || computed != DataType.FP32) {
            lowering.step(new RecurrentStep(kind, attributes, products, math, Optional.empty()));
            return;
        }
        WeightSizes sizes =
                WeightSizes.of(kind, attributes, w.get().shape(), r.get().shape());
        Tensor input = widened(lowering, w.get(), math);
        Tensor recurrent = widened(lowering, r.get(), math);
        int[] read = IntStream.of(ALL_BUT_WEIGHTS).filter(lowering::has).toArray();
        if (isFused(lowering, attributes, sizes)) {
            RecurrentKernels kernels = lowering.kernels().recurrent();
            Optional<Tensor> bias = lowering.constant(LayerTensors.BIAS).map(b -> widened(lowering, b, math));
            FusedWeights weights =
                    FusedWeights.of(kind, sizes, kernels, products, input, recurrent, bias, lowering::constantMemory);
            lowering.stepReading(read, new FusedStep(kind, attributes, math, weights));
        } else {
            LayerWeights weights = LayerWeights.of(kind, sizes, products, input, recurrent, lowering::constantMemory);
            lowering.stepReading(read, new RecurrentStep(kind, attributes, products, math, Optional.of(weights)));
        }
    }

    /** Whether there are kernels for whole steps of the layer: with the functions it has by default and nothing unusual. */
    private boolean isFused(Lowering lowering, RecurrentAttributes attributes, WeightSizes sizes) {
        boolean known = (kind == RecurrentKind.LSTM && !attributes.coupled())
                || (kind == RecurrentKind.GRU && attributes.linearBeforeReset());
        return known
                && attributes.clip().isEmpty()
                && attributes.hasFunctions(kind.activations())
                && !lowering.has(LayerTensors.PEEPHOLES)
                && (!lowering.has(LayerTensors.BIAS)
                        || lowering.constant(LayerTensors.BIAS).isPresent())
                && lowering.kernels().matMul().multipliesFloats(sizes.hidden(), kind.gates() * sizes.hidden());
    }

    private static Tensor widened(Lowering lowering, Tensor tensor, RowMath math) {
        if (tensor.dataType() == math.type()) {
            return tensor;
        }
        long bytes = tensor.shape().elements() * math.bytes();
        Tensor wide = Tensor.of(math.type(), tensor.shape(), lowering.constantMemory(bytes));
        Casts.run(
                math.kernels().cast(tensor.dataType(), math.type(), CastRule.DEFAULT), tensor, wide, Workers.single());
        return wide;
    }

    private static void checkTypes(Inference in, DataType type) {
        for (int i = 0; i < in.inputs(); i++) {
            if (i != LayerTensors.LENGTHS && in.has(i) && in.type(i).dataType() != type) {
                throw new ModelFormatException("input " + i + ": expected " + type + " as X, got "
                        + in.type(i).dataType());
            }
        }
    }
}
