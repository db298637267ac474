package dev.nereid.models.operators.linear;

import dev.nereid.kernels.convolution.ConvolutionPlan;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * com.microsoft.ConvTransposeWithDynamicPads: ONNX ConvTranspose with its pads in an input.
 *
 * <p>x: [batch, filters, spatial...]; w: [filters, channels / group, kernel...]; pads, optional: [2 * spatial axes]; bias,
 * optional: [channels]; y: [batch, channels, spatial...].
 */
final class ConvTransposeWithDynamicPads implements Operator {
    private static final int PADS = 2;
    private static final int BIAS = 3;

    /** More than any axis that kernels count in 32 bits could need. */
    private static final long MOST = Integer.MAX_VALUE;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!inference.has(PADS)) {
            return List.of(ConvTranspose.outputType(inference, inference.attributes()));
        }
        Optional<long[]> pads = inference
                .content(PADS)
                .filter(dims -> dims.stream().allMatch(Dim::isKnown))
                .map(dims -> dims.stream().mapToLong(Dim::value).toArray());
        if (pads.isPresent() && x.hasRank()) {
            return List.of(
                    ConvTranspose.outputType(inference, padded(inference.attributes(), pads.get(), x.rank() - 2)));
        }
        TensorType unpadded = ConvTranspose.outputType(inference, inference.attributes());
        if (!unpadded.hasRank()) {
            return List.of(unpadded);
        }
        List<Dim> dims = new ArrayList<>(unpadded.dims().orElseThrow());
        for (int axis = 2; axis < dims.size(); axis++) {
            dims.set(axis, inference.unknownDim());
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    /** The attributes with these pads. */
    private static Attributes padded(Attributes attributes, long[] pads, int axes) {
        boolean fits = pads.length == 2 * axes;
        for (long pad : pads) {
            fits &= pad > -MOST && pad < MOST;
        }
        if (!fits) {
            throw new ModelFormatException("ConvTransposeWithDynamicPads, input 2: expected " + 2 * axes
                    + " numbers of 32 bits, got " + Arrays.toString(pads));
        }
        Map<String, Attribute> map = new HashMap<>(attributes.map());
        map.put("pads", new Attribute.Ints(Arrays.stream(pads).boxed().toList()));
        return new Attributes(map);
    }

    @Override
    public void lower(Lowering lowering) {
        ConvolutionPlan plan = Conv.plan(lowering, lowering.type(0).dataType(), true);
        Attributes attributes = lowering.attributes();
        lowering.step(run -> ConvTranspose.convolve(plan, run, attributes(run, attributes), BIAS));
    }

    private static Attributes attributes(StepRun run, Attributes attributes) {
        if (!run.has(PADS)) {
            return attributes;
        }
        long[] pads = IntegerTensors.read(run.input(PADS)).orElseThrow();
        return padded(attributes, pads, run.input(0).shape().rank() - 2);
    }
}
