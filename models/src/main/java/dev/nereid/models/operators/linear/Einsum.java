package dev.nereid.models.operators.linear;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.matmul.Contraction;
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
 * ONNX Einsum: the sum of products that the attribute {@code equation} names. Two tensors of {@code FP32} are
 * multiplied as matrices, for each position of the labels they have in common with the output.
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
        KernelSet kernels = lowering.kernels();
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

    private static void contract(KernelSet kernels, String text, int count, StepRun run) {
        int[] ranks = new int[count];
        List<MemorySegment> inputs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ranks[i] = run.input(i).shape().rank();
            inputs.add(run.input(i).segment());
        }
        Contraction contraction = contraction(EinsumEquation.parse(text, ranks), run);
        DataType type = run.input(0).dataType();
        Optional<ProductLabels> labels = type == DataType.FP32 ? ProductLabels.of(contraction) : Optional.empty();
        if (labels.isPresent()) {
            long[] strides = run.output(0).shape().strides();
            new LabelledProduct(contraction, labels.get(), strides).run(kernels.matMul(), kernels.layout(), run);
        } else {
            kernels.matMul().contract(type, contraction, inputs, run.output(0).segment());
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
}
