package dev.nereid.models.operators.linear;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionPlan;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ONNX ConvTranspose: the gradient of a convolution with respect to its input.
 *
 * <p>x: [batch, filters, spatial...]; w: [filters, channels / group, kernel...]; bias, optional: [channels]; y: [batch,
 * channels, spatial...].
 */
public final class ConvTranspose implements Operator {
    private static final int BIAS = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType y = outputType(inference, inference.attributes());
        if (y.hasRank()) {
            DimChecks.vector(inference, BIAS, "bias", y.dim(1));
        }
        return List.of(y);
    }

    /** The type of y by these attributes. */
    static TensorType outputType(Inference inference, Attributes attributes) {
        TensorType x = inference.type(0);
        TensorType w = inference.type(1);
        if (!x.hasRank() || !w.hasRank()) {
            return TensorType.ofUnknownRank(x.dataType());
        }
        if (x.rank() < 3 || x.rank() != w.rank()) {
            throw new ModelFormatException("expected x and w of one rank of at least 3, got " + x + " and " + w);
        }
        DimChecks.transposedConvolution(attributes, x, w);
        TransposedAttributes settings = TransposedAttributes.checked(attributes, x.rank() - 2);
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), w.dim(1).times(settings.group())));
        for (int axis = 0; axis < x.rank() - 2; axis++) {
            dims.add(settings.output(axis, x.dim(axis + 2), w.dim(axis + 2)));
        }
        return TensorType.of(x.dataType(), dims);
    }

    @Override
    public void lower(Lowering lowering) {
        ConvolutionPlan plan = Conv.plan(lowering, lowering.type(0).dataType(), true);
        Attributes attributes = lowering.attributes();
        lowering.step(run -> convolve(plan, run, attributes, BIAS));
    }

    /** Runs the convolution of a node that has x, w and, at an index of its own, a bias. */
    static void convolve(ConvolutionPlan plan, StepRun run, Attributes attributes, int bias) {
        Optional<Shape> biasShape = run.has(bias) ? Optional.of(run.input(bias).shape()) : Optional.empty();
        Shape x = run.input(0).shape();
        Shape w = run.input(1).shape();
        ConvShape shape = shape(attributes, x, w, biasShape, run.output(0).shape());
        PreparedConvolution convolution = plan.prepare(shape, run.input(1).segment(), run::scratch);
        Conv.run(run, convolution, Conv.optional(run, bias), Activation.NONE, Optional.empty());
    }

    public static ConvShape shape(Attributes attributes, Shape x, Shape w, Optional<Shape> bias, Shape y) {
        int rank = x.rank() - 2;
        TransposedAttributes settings = new TransposedAttributes(attributes, rank);
        if (settings.group() < 1 || w.rank() != x.rank() || w.dim(0) != x.dim(1) || w.dim(0) % settings.group() != 0) {
            throw new IllegalArgumentException("w: expected [" + x.dim(1) + ", channels / group, ...] of the rank of "
                    + x + " for " + settings.group() + " groups, got " + w);
        }
        if (bias.isPresent() && !bias.get().equals(Shape.of(y.dim(1)))) {
            throw new IllegalArgumentException("bias: expected [" + y.dim(1) + "], got " + bias.get());
        }
        Window window = settings.window(Conv.spatial(x), Conv.spatial(w), Conv.spatial(y));
        return new ConvShape(
                Math.toIntExact(x.dim(0)),
                Math.toIntExact(y.dim(1)),
                Math.toIntExact(x.dim(1)),
                settings.group(),
                window);
    }
}
