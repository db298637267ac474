package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.Locale;

/**
 * The interpolation of a resize.
 *
 * @param ceilsWhenShrinking whether {@code nearest} is for axes that grow alone, as before opset 11
 * @param cubicCoefficient the free parameter of the cubic kernel
 * @param excludeOutside whether neighbours beyond the input count nothing, instead of as much as the edge
 * @param antialias whether the kernel widens when the output is smaller than the input
 */
public record ResizeInterpolation(
        Mode mode,
        Nearest nearest,
        boolean ceilsWhenShrinking,
        Coordinate coordinate,
        float cubicCoefficient,
        boolean excludeOutside,
        boolean antialias) {
    /** The kernel. */
    public enum Mode {
        NEAREST,
        LINEAR,
        CUBIC
    }

    /** Which neighbour is the nearest: ONNX {@code nearest_mode}. */
    public enum Nearest {
        ROUND_PREFER_FLOOR,
        ROUND_PREFER_CEIL,
        FLOOR,
        CEIL
    }

    /** What the attributes of Resize say; before opset 11 there are fewer, and other rules. */
    public static ResizeInterpolation of(Attributes attributes, int opset) {
        boolean old = opset < 11;
        return new ResizeInterpolation(
                Mode.valueOf(mode(attributes.text("mode", "nearest"))),
                nearest(attributes.text("nearest_mode", old ? "floor" : "round_prefer_floor")),
                old,
                Coordinate.of(attributes.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel")),
                attributes.real("cubic_coeff_a", -0.75f),
                attributes.integer("exclude_outside", 0) != 0,
                attributes.integer("antialias", 0) != 0);
    }

    /** Neighbours that an output element is made of. */
    public int taps(float scale) {
        return 2 - 2 * firstTap(scale);
    }

    /** The first neighbour, counted from the input position below the output's. */
    public int firstTap(float scale) {
        return switch (mode) {
            case NEAREST -> 0;
            case LINEAR -> (int) Math.floor(-1 / widening(scale)) + 1;
            case CUBIC -> (int) Math.floor(-2 / widening(scale)) + 1;
        };
    }

    /**
     * The weight of a neighbour, before weights are scaled to add up to 1.
     *
     * @param ratio how far the output position lies above the input position below it; in (0, 1]
     * @param tap the neighbour, counted from that position
     */
    float weight(float ratio, int tap, float scale) {
        float distance = Math.abs(tap - ratio) * widening(scale);
        return switch (mode) {
            case NEAREST -> tap == nearest(ratio, scale) ? 1 : 0;
            case LINEAR -> Math.max(0, 1 - distance);
            case CUBIC -> cubic(distance);
        };
    }

    public float widening(float scale) {
        return antialias ? Math.min(scale, 1) : 1;
    }

    /** Which neighbour is the nearest on an axis of this scale. */
    public Nearest nearest(float scale) {
        return ceilsWhenShrinking && scale < 1 ? Nearest.CEIL : nearest;
    }

    private int nearest(float ratio, float scale) {
        if (ratio == 1) {
            return 1;
        }
        return switch (nearest(scale)) {
            case FLOOR -> 0;
            case CEIL -> 1;
            case ROUND_PREFER_FLOOR -> ratio <= 0.5f ? 0 : 1;
            case ROUND_PREFER_CEIL -> ratio < 0.5f ? 0 : 1;
        };
    }

    private float cubic(float distance) {
        float a = cubicCoefficient;
        if (distance <= 1) {
            return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
        }
        return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0;
    }

    private static String mode(String name) {
        return switch (name) {
            case "nearest", "linear", "cubic" -> name.toUpperCase(Locale.ROOT);
            // Opset 7 has this name for two axes.
            case "bilinear" -> "LINEAR";
            default -> throw new ModelFormatException("resize mode '" + name + "' is not known");
        };
    }

    private static Nearest nearest(String name) {
        for (Nearest nearest : Nearest.values()) {
            if (nearest.name().toLowerCase(Locale.ROOT).equals(name)) {
                return nearest;
            }
        }
        throw new ModelFormatException("nearest mode '" + name + "' is not known");
    }
}
