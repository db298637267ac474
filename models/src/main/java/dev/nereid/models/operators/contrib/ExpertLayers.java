package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.blockwise.BlockwiseKernels;
import dev.nereid.kernels.blockwise.BlockwiseMatrix;
import dev.nereid.kernels.blockwise.BlockwiseSource;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.attention.ComputePrecision;
import dev.nereid.models.operators.attention.PackedWeights;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** Makes the layers of a node that is a mixture of experts of its weights: the first, the second, and the gate. */
record ExpertLayers(ExpertInputs inputs, Attributes attributes) {
    /** The accuracy level at which tokens may be rounded to bytes. */
    private static final long ROUNDED_TO_BYTES = 4;

    /** The extents that the shapes of the weights say. */
    ExpertSizes sizes(Inference inference, IntFunction<Shape> shapes) {
        int[] weights = inputs.weights();
        int bits = inputs.bits(attributes);
        Optional<Shape> gate = inference.has(weights[ExpertInputs.GATE])
                ? Optional.of(shapes.apply(weights[ExpertInputs.GATE]))
                : Optional.empty();
        return ExpertSizes.of(
                shapes.apply(weights[ExpertInputs.FIRST]),
                shapes.apply(weights[ExpertInputs.SECOND]),
                gate,
                bits == 0 ? 1 : Byte.SIZE / bits,
                ExpertActivation.joined(attributes) != 0);
    }

    /** Layers of constants. */
    List<Optional<ExpertLayer>> constant(Lowering lowering) {
        List<Optional<ExpertLayer>> layers = new ArrayList<>();
        for (int layer = 0; layer < inputs.weights().length; layer++) {
            layers.add(
                    lowering.has(inputs.weights()[layer]) ? Optional.of(constant(lowering, layer)) : Optional.empty());
        }
        return layers;
    }

    private ExpertLayer constant(Lowering lowering, int layer) {
        if (!inputs.quantized()) {
            return packed(lowering, lowering.constant(inputs.weights()[layer]).orElseThrow());
        }
        ExpertWeights weights =
                nBits(layer, input -> lowering.has(input) ? lowering.constant(input) : Optional.empty());
        Optional<ExpertLayer> blocks = blocks(lowering, weights);
        return blocks.orElseGet(() -> {
            List<PackedMatrix> packed = new ArrayList<>();
            for (int expert = 0; expert < weights.experts(); expert++) {
                packed.add(PackedWeights.packTransposed(lowering, weights.n(), weights.k(), weights.expert(expert)));
            }
            return new ExpertLayer.Packed(lowering.kernels().matMul(), packed);
        });
    }

    private static ExpertLayer packed(Lowering lowering, Tensor weights) {
        int n = Math.toIntExact(weights.shape().dim(1));
        int k = Math.toIntExact(weights.shape().dim(2));
        List<PackedMatrix> packed = new ArrayList<>();
        for (long expert = 0; expert < weights.shape().dim(0); expert++) {
            long first = expert * n * k;
            packed.add(PackedWeights.packTransposed(lowering, n, k, (row, values) -> {
                for (int column = 0; column < k; column++) {
                    values[column] = (float) RealNumbers.at(weights, first + (long) row * k + column);
                }
            }));
        }
        return new ExpertLayer.Packed(lowering.kernels().matMul(), packed);
    }

    /** The layer by kernels for weights in blocks, if they know these. */
    private Optional<ExpertLayer> blocks(Lowering lowering, ExpertWeights weights) {
        BlockwiseKernels.Left left = attributes.integer("accuracy_level", 0) == ROUNDED_TO_BYTES
                ? BlockwiseKernels.Left.ROUNDED
                : BlockwiseKernels.Left.FLOATS;
        List<BlockwiseMatrix> matrices = new ArrayList<>();
        for (int expert = 0; expert < weights.experts(); expert++) {
            Optional<BlockwiseSource> source = weights.expert(expert).source();
            if (source.isEmpty()) {
                return Optional.empty();
            }
            long bytes = BlockwiseMatrix.bytes(weights.k(), weights.n(), source.get());
            matrices.add(BlockwiseMatrix.pack(weights.k(), weights.n(), source.get(), lowering.constantMemory(bytes)));
        }
        return Optional.of(new ExpertLayer.Blocks(lowering.kernels().blockwise(), matrices, left));
    }

    /** Layers of weights that come with a run. */
    List<Optional<ExpertLayer>> given(StepRun run, ComputePrecision precision, MatMulKernels kernels) {
        List<Optional<ExpertLayer>> layers = new ArrayList<>();
        for (int layer = 0; layer < inputs.weights().length; layer++) {
            layers.add(
                    run.has(inputs.weights()[layer])
                            ? Optional.of(given(run, precision, kernels, layer))
                            : Optional.empty());
        }
        return layers;
    }

    private ExpertLayer given(StepRun run, ComputePrecision precision, MatMulKernels kernels, int layer) {
        Tensor tensor = run.input(inputs.weights()[layer]);
        if (!inputs.quantized()) {
            int n = Math.toIntExact(tensor.shape().dim(1));
            int k = Math.toIntExact(tensor.shape().dim(2));
            return new ExpertLayer.Dense(kernels, precision.read(run, tensor), n, k);
        }
        ExpertWeights weights =
                nBits(layer, input -> run.has(input) ? Optional.of(run.input(input)) : Optional.empty());
        return new ExpertLayer.WorkedOut(
                kernels, weights::expert, run.scratch(4L * weights.n() * weights.k()), weights.n(), weights.k());
    }

    private ExpertWeights nBits(int layer, IntFunction<Optional<Tensor>> tensors) {
        return ExpertWeights.of(
                tensors.apply(inputs.weights()[layer]).orElseThrow(),
                tensors.apply(inputs.scales()[layer]).orElseThrow(),
                tensors.apply(inputs.zeroPoints()[layer]),
                inputs.bits(attributes),
                ExpertInputs.blockSize(attributes));
    }
}
