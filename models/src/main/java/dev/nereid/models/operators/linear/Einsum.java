package dev.nereid.models.operators.linear;

import dev.nereid.kernels.matmul.Contraction;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Einsum: the sum of products that the attribute {@code equation} names. Two tensors of {@code FP32} that share one
 * summed label are multiplied as matrices, for each position of the labels they have in common with the output.
 */
final class Einsum implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = inference.type(0).dataType();
        int[] ranks = new int[inference.inputs()];
        for (int i = 0; i < ranks.length; i++) {
            if (!inference.type(i).hasRank()) {
                return List.of(TensorType.ofUnknownRank(type));
            }
            ranks[i] = inference.type(i).rank();
        }
        EinsumEquation equation = EinsumEquation.parse(text(inference), ranks);
        List<Dim> dims = new ArrayList<>();
        for (char label : equation.output().toCharArray()) {
            Dim dim = Dim.of(1);
            boolean found = false;
            for (int i = 0; i < ranks.length; i++) {
                int axis = equation.inputs().get(i).indexOf(label);
                if (axis >= 0) {
                    dim = Dim.broadcast(dim, inference.type(i).dim(axis));
                    found = true;
                }
            }
            if (!found) {
                throw new ModelFormatException("attribute 'equation': no input has the label '" + label + "'");
            }
            dims.add(dim);
        }
        return List.of(TensorType.of(type, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        MatMulKernels kernels = lowering.kernels().matMul();
        String text = text(lowering);
        int inputs = lowering.inputs();
        lowering.step(run -> contract(kernels, text, inputs, run));
    }

    private static String text(Inference inference) {
        String text = inference.attributes().text("equation", "");
        if (text.isEmpty()) {
            throw new ModelFormatException("attribute 'equation' is missing");
        }
        return text;
    }

    private static void contract(MatMulKernels kernels, String text, int count, StepRun run) {
        int[] ranks = new int[count];
        List<MemorySegment> inputs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ranks[i] = run.input(i).shape().rank();
            inputs.add(run.input(i).segment());
        }
        Contraction contraction = contraction(EinsumEquation.parse(text, ranks), run);
        DataType type = run.input(0).dataType();
        Optional<MatrixRoles> roles =
                type == DataType.FP32 && count == 2 ? MatrixRoles.of(contraction) : Optional.empty();
        if (roles.isPresent()) {
            multiply(kernels, contraction, roles.get(), run);
        } else {
            kernels.contract(type, contraction, inputs, run.output(0).segment());
        }
    }

    private static Contraction contraction(EinsumEquation equation, StepRun run) {
        String labels = equation.labels();
        int[] extents = new int[labels.length()];
        Arrays.fill(extents, 1);
        long[][] strides = new long[equation.inputs().size()][labels.length()];
        for (int i = 0; i < strides.length; i++) {
            Shape shape = run.input(i).shape();
            long[] own = shape.strides();
            for (int axis = 0; axis < shape.rank(); axis++) {
                int label = labels.indexOf(equation.inputs().get(i).charAt(axis));
                int extent = Math.toIntExact(shape.dim(axis));
                if (extents[label] != 1 && extent != 1 && extents[label] != extent) {
                    throw new IllegalArgumentException(
                            "label '" + labels.charAt(label) + "' stands for " + extents[label] + " and for " + extent);
                }
                extents[label] = extent == 1 ? extents[label] : extent;
                strides[i][label] += extent == 1 ? 0 : own[axis];
            }
        }
        return new Contraction(extents, equation.output().length(), strides);
    }

    /** One product of matrices for each position of the labels that are neither rows nor columns. */
    private static void multiply(MatMulKernels kernels, Contraction contraction, MatrixRoles roles, StepRun run) {
        int[] extents = contraction.extents();
        long[] a = contraction.strides()[roles.left()];
        long[] b = contraction.strides()[1 - roles.left()];
        int m = extents[roles.row()];
        int k = extents[roles.summed()];
        int n = extents[roles.column()];
        long[] y = run.output(0).shape().strides();
        int[] at = new int[contraction.outputLabels()];
        int batch = m == 0 || n == 0 ? 0 : contraction.outputs() / m / n;
        for (int i = 0; i < batch; i++) {
            long aOffset = 0;
            long bOffset = 0;
            long yOffset = 0;
            for (int label = 0; label < at.length; label++) {
                aOffset += at[label] * a[label];
                bOffset += at[label] * b[label];
                yOffset += at[label] * y[label];
            }
            Matrix left =
                    new Matrix(run.input(roles.left()).segment(), aOffset, m, k, a[roles.row()], a[roles.summed()]);
            Matrix right = new Matrix(
                    run.input(1 - roles.left()).segment(), bOffset, k, n, b[roles.summed()], b[roles.column()]);
            Matrix product = new Matrix(run.output(0).segment(), yOffset, m, n, y[roles.row()], 1);
            long scratch = kernels.scratchBytes(left, right);
            kernels.multiply(left, right, product, Epilogue.NONE, run.scratch(scratch), run.workers());
            roles.next(at, extents);
        }
    }
}
