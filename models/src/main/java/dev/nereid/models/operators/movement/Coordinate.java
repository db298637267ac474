package dev.nereid.models.operators.movement;

import dev.nereid.kernels.device.DeviceResize;
import dev.nereid.models.ModelFormatException;
import java.util.Locale;

/** Where in the input an output position of a resize lies: ONNX {@code coordinate_transformation_mode}. */
enum Coordinate {
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

    /** The same as a formula for kernels of a device; not for {@link #TF_CROP_AND_RESIZE}. */
    DeviceResize.Position onDevice(ResizeTaps.Axis axis) {
        float scale = axis.scale();
        float exact = scale * axis.input();
        boolean one = axis.output() == 1;
        return switch (this) {
            case HALF_PIXEL -> new DeviceResize.Position(1, 0.5f, scale, -0.5f, 0);
            case HALF_PIXEL_SYMMETRIC -> {
                float centre = axis.input() / 2f * (1 - axis.output() / exact);
                yield new DeviceResize.Position(1, 0.5f, scale, -0.5f, centre);
            }
            case PYTORCH_HALF_PIXEL ->
                one ? new DeviceResize.Position(0, 0, 1, 0, 0) : new DeviceResize.Position(1, 0.5f, scale, -0.5f, 0);
            case ALIGN_CORNERS ->
                one
                        ? new DeviceResize.Position(0, 0, 1, 0, 0)
                        : new DeviceResize.Position(axis.input() - 1, 0, exact - 1, 0, 0);
            case ASYMMETRIC -> new DeviceResize.Position(1, 0, scale, 0, 0);
            case TF_HALF_PIXEL_FOR_NN -> new DeviceResize.Position(1, 0.5f, scale, 0, 0);
            case TF_CROP_AND_RESIZE -> throw new IllegalArgumentException("no formula for " + this);
        };
    }
}
