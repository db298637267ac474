package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * The numbers that stand for zero in one operand of an integer product: the same everywhere, or one for each row of the
 * left operand or column of the right one.
 *
 * @param uniform the zero point where {@code each} is empty
 * @param each int32, one a row or column
 */
public record ZeroPoints(int uniform, Optional<MemorySegment> each) {
    /** Zero everywhere. */
    public static final ZeroPoints ZERO = uniform(0);

    public ZeroPoints {
        Objects.requireNonNull(each, "each");
    }

    /** The same zero point everywhere. */
    public static ZeroPoints uniform(int zeroPoint) {
        return new ZeroPoints(zeroPoint, Optional.empty());
    }

    /** One zero point a row or column, as int32. */
    public static ZeroPoints each(MemorySegment zeroPoints) {
        return new ZeroPoints(0, Optional.of(zeroPoints));
    }

    /** The same for rows or columns from {@code first} on. */
    public ZeroPoints from(int first) {
        return each.isPresent() ? each(each.get().asSlice(4L * first)) : this;
    }
}
