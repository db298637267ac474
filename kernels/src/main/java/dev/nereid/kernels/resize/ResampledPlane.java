package dev.nereid.kernels.resize;

/**
 * Tensors of which one axis or two neighbouring ones are resampled. x: [outer, rows.from, columns.from, inner]; y: [outer,
 * rows.to, columns.to, inner].
 */
public record ResampledPlane(long outer, ResampledAxis rows, ResampledAxis columns, long inner) {
    /** Two axes. */
    public ResampledPlane {
        if (outer < 0 || inner < 0) {
            throw new IllegalArgumentException("lengths are not negative, got " + outer + " and " + inner);
        }
    }

    /** One axis, with {@code inner} numbers behind each of its places. */
    public static ResampledPlane of(long outer, ResampledAxis axis, long inner) {
        return new ResampledPlane(outer, ResampledAxis.kept(1), axis, inner);
    }

    long inputs() {
        return outer * rows.from() * columns.from() * inner;
    }

    long outputs() {
        return outer * rows.to() * columns.to() * inner;
    }

    /** Numbers in a line of the input: all columns of a row. */
    long lineFrom() {
        return columns.from() * inner;
    }

    /** Numbers in a line of the output. */
    long lineTo() {
        return columns.to() * inner;
    }

    /** The same where only columns are left if an axis is as it was: rows are more of the outer, or columns of the inner. */
    ResampledPlane simplified() {
        if (rows.isKept()) {
            return of(outer * rows.to(), columns, inner);
        }
        return columns.isKept() ? of(outer, rows, lineTo()) : this;
    }
}
