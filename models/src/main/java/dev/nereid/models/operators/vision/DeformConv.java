package dev.nereid.models.operators.vision;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.resize.ResizeKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * ONNX DeformConv: a convolution whose taps are moved, at every output position by offsets of its own, to places between
 * cells.
 *
 * <p>x: [batch, channels, spatial...]; w: [filters, channels / group, kernel...]; offset: [batch, offset_group * cells of
 * the kernel * axes, output...]; bias, optional: [filters]; mask, optional: [batch, offset_group * cells of the kernel,
 * output...], factors of the taps. y: [batch, filters, output...].
 */
final class DeformConv implements Operator {
    private static final int WEIGHTS = 1;
    private static final int OFFSET = 2;
    private static final int BIAS = 3;
    private static final int MASK = 4;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        TensorType w = inference.type(WEIGHTS);
        TensorType offset = inference.type(OFFSET);
        if (!x.hasRank() || !w.hasRank() || !offset.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        if (x.rank() < 3 || w.rank() != x.rank() || offset.rank() != x.rank()) {
            throw new ModelFormatException(
                    "expected x, w and an offset of one rank of at least 3, got " + x + ", " + w + " and " + offset);
        }
        DimChecks.convolution(inference.attributes(), x, w);
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), w.dim(0)));
        dims.addAll(offset.dims().orElseThrow().subList(2, offset.rank()));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        MatMulKernels kernels = lowering.kernels().matMul();
        ResizeKernels sampling = lowering.kernels().resize();
        Attributes attributes = lowering.attributes();
        lowering.step(run -> convolve(kernels, sampling, run, attributes));
    }

    private static void convolve(MatMulKernels kernels, ResizeKernels sampling, StepRun run, Attributes attributes) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        boolean mask = run.has(MASK);
        DeformedWindow window = DeformedWindow.of(
                attributes,
                x.shape(),
                run.input(WEIGHTS).shape(),
                run.input(OFFSET).shape(),
                mask ? java.util.Optional.of(run.input(MASK).shape()) : java.util.Optional.empty());
        int filters = Math.toIntExact(y.shape().dim(1));
        if (run.has(BIAS) && run.input(BIAS).shape().elements() != filters) {
            throw new IllegalArgumentException("expected a bias for " + filters + " filters, got "
                    + run.input(BIAS).shape());
        }
        boolean wide = x.dataType() == DataType.FP64;
        boolean addsBias = run.has(BIAS) && x.dataType() == DataType.FP32;
        boolean plane = x.dataType() == DataType.FP32 && x.shape().rank() == 4;
        DataType type = wide ? DataType.FP64 : DataType.FP32;
        RealElements image = RealElements.of(run, x);
        RealElements offset = RealElements.of(run, run.input(OFFSET));
        RealElements factors =
                mask ? RealElements.of(run, run.input(MASK)) : new RealElements(MemorySegment.NULL, false);
        MemorySegment weights = as(type, run, run.input(WEIGHTS));
        int positions = window.positions();
        int rows = window.columnRows();
        MemorySegment columns = run.scratch((long) type.bytes() * rows * positions);
        MemorySegment result = x.dataType() == type
                ? y.segment()
                : run.scratch(type.bytes() * y.shape().elements());
        int groups = window.groups();
        int inner = rows / groups;
        MemorySegment scratch = run.scratch(
                wide
                        ? 0
                        : kernels.scratchBytes(
                                Matrix.of(weights, filters / groups, inner), Matrix.of(columns, inner, positions)));
        for (long item = 0; item < x.shape().dim(0); item++) {
            if (plane) {
                window.planeColumns(item, run, sampling, offset, factors, mask, columns);
            } else {
                window.columns(item, image, offset, factors, mask, wide, columns, run.workers());
            }
            for (int group = 0; group < groups; group++) {
                int filter = group * filters / groups;
                Matrix a = Matrix.of(weights, (long) filter * inner, filters / groups, inner);
                Matrix b = Matrix.of(columns, (long) group * inner * positions, inner, positions);
                Matrix c = Matrix.of(result, (item * filters + filter) * positions, filters / groups, positions);
                if (wide) {
                    kernels.multiply(type, a, b, c);
                } else {
                    Epilogue epilogue = addsBias
                            ? Epilogue.NONE.withAddend(Matrix.repeatedColumn(
                                    run.input(BIAS).segment(), filter, filters / groups, positions))
                            : Epilogue.NONE;
                    kernels.multiply(a, b, c, epilogue, scratch, run.workers());
                }
            }
        }
        if (x.dataType() != type || (run.has(BIAS) && !addsBias)) {
            finish(run, new RealElements(result, wide), positions);
        }
    }

    /** Adds the bias, and rounds to the datatype of y. */
    private static void finish(StepRun run, RealElements result, int positions) {
        Tensor y = run.output(0);
        RealElements bias =
                run.has(BIAS) ? RealElements.of(run, run.input(BIAS)) : new RealElements(MemorySegment.NULL, false);
        for (long i = 0; i < y.shape().elements(); i++) {
            double added = run.has(BIAS) ? bias.at(i / positions % y.shape().dim(1)) : 0;
            RealElements.set(y, i, result.at(i) + added);
        }
    }

    /** The elements of a tensor as FP32 or FP64. */
    private static MemorySegment as(DataType type, StepRun run, Tensor tensor) {
        if (tensor.dataType() == type) {
            return tensor.segment();
        }
        RealElements reals = RealElements.of(run, tensor);
        long elements = tensor.shape().elements();
        MemorySegment converted = run.scratch(type.bytes() * elements);
        for (long i = 0; i < elements; i++) {
            converted.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * i, (float) reals.at(i));
        }
        return converted;
    }
}
