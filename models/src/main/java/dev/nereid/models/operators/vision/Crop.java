package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Crop, an experimental operator of opset 1: an image without its border, or what of it a given height and width leave
 * behind the border's top and left side.
 *
 * <p>x: [batch, channels, height, width]; attributes border: left, top, right, bottom; scale, optional: height, width.
 */
final class Crop implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.hasRank()) {
            return List.of(x);
        }
        if (x.rank() != 4) {
            throw new ModelFormatException("expected x: [batch, channels, height, width], got " + x);
        }
        long[] border = border(inference.attributes());
        Optional<long[]> scale = inference.attributes().integers("scale");
        Dim height = scale.isPresent() ? Dim.of(scale.get()[0]) : x.dim(2).plus(-border[1] - border[3]);
        Dim width = scale.isPresent() ? Dim.of(scale.get()[1]) : x.dim(3).plus(-border[0] - border[2]);
        require(height, border[1], x.dim(2));
        require(width, border[0], x.dim(3));
        return List.of(TensorType.of(x.dataType(), List.of(x.dim(0), x.dim(1), height, width)));
    }

    private static long[] border(Attributes attributes) {
        long[] border = attributes.integers("border").orElse(new long[0]);
        if (border.length != 4 || Arrays.stream(border).anyMatch(side -> side < 0)) {
            throw new ModelFormatException(
                    "attribute 'border': expected four numbers of at least 0, got " + Arrays.toString(border));
        }
        Optional<long[]> scale = attributes.integers("scale");
        if (scale.isPresent() && scale.get().length != 2) {
            throw new ModelFormatException(
                    "attribute 'scale': expected two numbers, got " + Arrays.toString(scale.get()));
        }
        return border;
    }

    private static void require(Dim length, long from, Dim extent) {
        if (length.isKnown() && extent.isKnown() && (length.value() < 0 || from + length.value() > extent.value())) {
            throw new ModelFormatException(
                    length + " cells from " + from + " on are more than an image of " + extent + " cells has");
        }
    }

    @Override
    public void lower(Lowering lowering) {
        long[] border = border(lowering.attributes());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Shape from = x.shape();
            Shape to = y.shape();
            long first = border[1] * from.dim(3) + border[0];
            if (border[1] + to.dim(2) > from.dim(2) || border[0] + to.dim(3) > from.dim(3)) {
                throw new IllegalArgumentException("an image " + from + " cannot be cropped to " + to);
            }
            long[] strides = from.strides();
            int bytes = x.dataType().bytes();
            lowering.kernels()
                    .layout()
                    .copy(bytes, to.dims(), x.segment(), first, strides, y.segment(), 0, to.strides(), run.workers());
        });
    }
}
