package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import java.util.Locale;

/** Where in the input an output position of a resize lies: ONNX {@code coordinate_transformation_mode}. */
public enum Coordinate {
    HALF_PIXEL,
    HALF_PIXEL_SYMMETRIC,
    PYTORCH_HALF_PIXEL,
    ALIGN_CORNERS,
    ASYMMETRIC,
    TF_HALF_PIXEL_FOR_NN,
    TF_CROP_AND_RESIZE;

    static Coordinate of(String name) {
        for (Coordinate coordinate : values()) {
            if (coordinate.name().toLowerCase(Locale.ROOT).equals(name)) {
                return coordinate;
            }
        }
        throw new ModelFormatException("coordinate transformation mode '" + name + "' is not known");
    }

    /** The position in the input, between its elements as a rule. */
    float source(ResizeTaps.Axis axis, int position) {
        float scale = axis.scale();
        float halfPixel = (position + 0.5f) / scale - 0.5f;
        return switch (this) {
            case HALF_PIXEL -> halfPixel;
            case HALF_PIXEL_SYMMETRIC -> {
                float exact = scale * axis.input();
                yield axis.input() / 2f * (1 - axis.output() / exact) + halfPixel;
            }
            case PYTORCH_HALF_PIXEL -> axis.output() == 1 ? 0 : halfPixel;
            case ALIGN_CORNERS -> {
                float exact = scale * axis.input();
                yield axis.output() == 1 ? 0 : position * (axis.input() - 1) / (exact - 1);
            }
            case ASYMMETRIC -> position / scale;
            // As in ONNX Runtime an axis that keeps its size keeps its places.
            case TF_HALF_PIXEL_FOR_NN -> scale == 1 ? position : (position + 0.5f) / scale;
            case TF_CROP_AND_RESIZE -> {
                float last = axis.input() - 1;
                float extent = (axis.roiEnd() - axis.roiStart()) * last;
                yield axis.output() == 1
                        ? axis.roiStart() * last + extent / 2
                        : axis.roiStart() * last + position * extent / (axis.output() - 1);
            }
        };
    }
}
