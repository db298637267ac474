package dev.nereid.models.operators.nn;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * ONNX LRN: {@code y = x / (bias + alpha / size * sum)^beta}, where the sum is that of the squares of the {@code size}
 * channels around an element. x: [batch, channels, ...].
 */
final class LocalResponseNormalization implements Operator {
    private record Kernels(
            BinaryKernel multiply, BinaryKernel add, UnaryKernel affine, BinaryKernel pow, BinaryKernel divide) {
        static Kernels of(ElementwiseKernels kernels, DataType type) {
            return new Kernels(
                    kernels.binary(BinaryOp.MUL, type),
                    kernels.binary(BinaryOp.ADD, type),
                    kernels.unary(UnaryOp.AFFINE, type),
                    kernels.binary(BinaryOp.POW, type),
                    kernels.binary(BinaryOp.DIV, type));
        }
    }

    private record Parameters(int size, double alpha, double beta, double bias) {}

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.dataType().isFloat() || (x.hasRank() && x.rank() < 2)) {
            throw new ModelFormatException("LRN takes no input " + x);
        }
        if (inference.attributes().integer("size", 1) < 1) {
            throw new ModelFormatException("attribute 'size': expected at least 1, got "
                    + inference.attributes().integer("size", 1));
        }
        return List.of(x);
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        long size = lowering.attributes()
                .integer("size")
                .orElseThrow(() -> new ModelFormatException("LRN lacks the attribute 'size'"));
        Parameters parameters = new Parameters(
                Math.toIntExact(size),
                lowering.attributes().real("alpha", 1e-4f),
                lowering.attributes().real("beta", 0.75f),
                lowering.attributes().real("bias", 1f));
        Kernels kernels = Kernels.of(lowering.kernels().elementwise(), type);
        lowering.step(run -> normalize(run, kernels, parameters));
    }

    private static void normalize(StepRun run, Kernels kernels, Parameters parameters) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        int channels = Math.toIntExact(shape.dim(1));
        int inner = Math.toIntExact(shape.elements(2, shape.rank()));
        long channelBytes = (long) x.dataType().bytes() * inner;
        MemorySegment squares = run.scratch(channelBytes * channels);
        MemorySegment sum = run.scratch(channelBytes);
        MemorySegment exponent = run.scratch(x.dataType().bytes());
        RealNumbers.set(Tensor.of(x.dataType(), Shape.SCALAR, exponent), 0, parameters.beta());
        MemorySegment y = run.output(0).segment();
        for (long sample = 0; sample < shape.dim(0); sample++) {
            long start = sample * channels * channelBytes;
            kernels.multiply().both(x.segment(), start, x.segment(), start, squares, 0, channels * inner);
            for (int channel = 0; channel < channels; channel++) {
                int first = Math.max(0, channel - (parameters.size() - 1) / 2);
                int last = Math.min(channels - 1, channel + parameters.size() / 2);
                MemorySegment.copy(squares, first * channelBytes, sum, 0, channelBytes);
                for (int other = first + 1; other <= last; other++) {
                    kernels.add().both(sum, 0, squares, other * channelBytes, sum, 0, inner);
                }
                kernels.affine().run(sum, 0, sum, 0, inner, parameters.alpha() / parameters.size(), parameters.bias());
                kernels.pow().rightScalar(sum, 0, exponent, 0, sum, 0, inner);
                long at = start + channel * channelBytes;
                kernels.divide().both(x.segment(), at, sum, 0, y, at, inner);
            }
        }
    }
}
