package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.optimize.QuantizedValues.Quantized;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A Relu or Clip in front of a QuantizeLinear whose bytes reach no further than it clamps goes: quantising saturates where
 * it would have.
 */
public final class DropQuantizedClamps implements GraphPass {
    private static final int CLIP_BY_INPUTS = 11;

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        QuantizedValues values = new QuantizedValues(index);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node clamp : graph.nodes()) {
            if (GraphIndex.is(clamp, "Relu") || GraphIndex.is(clamp, "Clip")) {
                Value output = clamp.output(0).orElseThrow();
                values.requantized(output)
                        .filter(bytes -> saturates(clamp, bytes, values, index))
                        .flatMap(_ -> values.quantizing(output))
                        .ifPresent(quantize -> {
                            List<Optional<Value>> inputs = new ArrayList<>(quantize.inputs());
                            inputs.set(0, clamp.input(0));
                            rewrite.drop(clamp);
                            rewrite.replace(quantize, quantize.withInputs(inputs));
                        });
            }
        }
        return rewrite.apply();
    }

    /** Whether what the bytes stand for lies within the bounds; half a step beyond rounds to the same byte. */
    private static boolean saturates(Node clamp, Quantized bytes, QuantizedValues values, GraphIndex index) {
        double half = values.scale(bytes, 0) / 2.0;
        if (GraphIndex.is(clamp, "Relu")) {
            return values.least(bytes) > -half;
        }
        Optional<Float> least = bound(clamp, 1, "min", Float.NEGATIVE_INFINITY, index);
        Optional<Float> greatest = bound(clamp, 2, "max", Float.POSITIVE_INFINITY, index);
        return least.isPresent()
                && greatest.isPresent()
                && values.least(bytes) > least.get() - half
                && values.greatest(bytes) < greatest.get() + half;
    }

    /** A bound; empty where it is there and no constant. */
    private static Optional<Float> bound(Node clip, int input, String attribute, float none, GraphIndex index) {
        if (clip.opset() < CLIP_BY_INPUTS) {
            return Optional.of(clip.attributes().real(attribute, none));
        }
        return clip.input(input).isEmpty()
                ? Optional.of(none)
                : clip.input(input).flatMap(index::scalar);
    }
}
