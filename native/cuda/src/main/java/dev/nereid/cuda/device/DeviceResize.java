package dev.nereid.cuda.device;

import java.util.Objects;

/**
 * One axis that is resampled: x: [outer, input, inner]; y: [outer, output, inner]. Output position p lies at {@code (p *
 * factor + shift) / divisor + offset + extra} in the input.
 *
 * @param firstTap the first neighbour that counts, from the input position below
 * @param taps neighbours that count
 * @param widening what distances are multiplied with before the filter sees them
 * @param cubic the parameter of the cubic filter
 * @param excludesOutside whether neighbours outside of the input weigh nothing; else they are the edge
 */
public record DeviceResize(
        int outer,
        int input,
        int output,
        int inner,
        Position position,
        Filter filter,
        Rounding rounding,
        int firstTap,
        int taps,
        float widening,
        float cubic,
        boolean excludesOutside) {
    /** Where output positions lie in the input. */
    public record Position(float factor, float shift, float divisor, float offset, float extra) {}

    /** How neighbours are weighed. */
    public enum Filter {
        NEAREST,
        LINEAR,
        CUBIC
    }

    /** Which neighbour is the nearest. */
    public enum Rounding {
        ROUND_PREFER_FLOOR,
        ROUND_PREFER_CEIL,
        FLOOR,
        CEIL
    }

    public DeviceResize {
        Objects.requireNonNull(position, "position");
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(rounding, "rounding");
    }

    /** Elements of the output. */
    public int length() {
        return Math.multiplyExact(Math.multiplyExact(outer, output), inner);
    }
}
