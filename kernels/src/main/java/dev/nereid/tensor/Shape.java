package dev.nereid.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The extents of a tensor, outermost first; a scalar has rank 0. Every dim is known and not negative. Immutable. */
public final class Shape {
    /** The shape of a scalar. */
    public static final Shape SCALAR = new Shape(new long[0]);

    private final long[] dims;
    private final long elements;

    private Shape(long[] dims) {
        this.dims = dims;
        long product = 1;
        boolean empty = false;
        for (long dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("shape " + Arrays.toString(dims) + " has a negative dim");
            }
            empty |= dim == 0;
        }
        if (!empty) {
            for (long dim : dims) {
                if (product > Long.MAX_VALUE / dim) {
                    throw new ArithmeticException(
                            "shape " + Arrays.toString(dims) + " has more than " + Long.MAX_VALUE + " elements");
                }
                product *= dim;
            }
        }
        this.elements = empty ? 0 : product;
    }

    /**
     * A shape with these dims.
     *
     * @throws IllegalArgumentException if a dim is negative
     * @throws ArithmeticException if the number of elements does not fit a long
     */
    public static Shape of(long... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    public int rank() {
        return dims.length;
    }

    /** The extent of an axis; negative axes count from the innermost one, which is -1. */
    public long dim(int axis) {
        return dims[axis < 0 ? axis + dims.length : axis];
    }

    /** A copy of the dims. */
    public long[] dims() {
        return dims.clone();
    }

    /** The number of elements; 1 for a scalar. */
    public long elements() {
        return elements;
    }

    /** The product of the dims in [from, to). */
    public long elements(int from, int to) {
        long product = 1;
        for (int axis = from; axis < to; axis++) {
            product *= dims[axis];
        }
        return product;
    }

    /** Row-major strides in elements: the last axis has stride 1. */
    public long[] strides() {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= dims[axis];
        }
        return strides;
    }

    /** This shape with one dim replaced. */
    public Shape withDim(int axis, long dim) {
        long[] copy = dims.clone();
        copy[axis < 0 ? axis + dims.length : axis] = dim;
        return new Shape(copy);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** The dims in brackets without spaces, as Triton prints them: {@code [-1,16]}. */
    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
