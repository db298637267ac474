package dev.nereid.models.operators.movement;

import dev.nereid.kernels.resize.ResampledAxis;
import dev.nereid.kernels.resize.ResampledPlane;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * How a tensor of one shape is resized: two neighbouring axes at a time, in ascending order, or one at a time from the last,
 * as integers are that are rounded in between. Made once for each shape.
 *
 * @param passes nothing where each place stays
 * @param outside for each axis, whether an output place lies beyond the input; empty where none of any axis does
 */
record ResizePasses(List<Pass> passes, List<boolean[]> outside) {
    /** Resamples a tensor, which has the shape {@code to} then. */
    record Pass(ResampledPlane plane, Shape to) {}

    /**
     * The passes over x.
     *
     * @param taps for each axis
     * @param byAxis whether a pass has one axis
     */
    static ResizePasses of(Shape x, ResizeTaps[] taps, ResizeInterpolation resampling, boolean byAxis) {
        boolean[] changing = new boolean[taps.length];
        ResampledAxis[] axes = new ResampledAxis[taps.length];
        List<boolean[]> outside = new ArrayList<>();
        boolean anyOutside = false;
        for (int axis = 0; axis < taps.length; axis++) {
            int from = Math.toIntExact(x.dim(axis));
            changing[axis] = from != taps[axis].outside().length || !taps[axis].isIdentity();
            axes[axis] = resampling.mode() == ResizeInterpolation.Mode.NEAREST
                    ? taps[axis].picked(from)
                    : taps[axis].weighted(from);
            anyOutside |= taps[axis].isAnyOutside();
            outside.add(taps[axis].outside());
        }
        List<Pass> passes = byAxis ? passesByAxis(x, changing, axes) : passes(x, changing, axes);
        return new ResizePasses(passes, anyOutside ? outside : List.of());
    }

    private static List<Pass> passesByAxis(Shape x, boolean[] changing, ResampledAxis[] axes) {
        List<Pass> passes = new ArrayList<>();
        Shape shape = x;
        for (int axis = changing.length - 1; axis >= 0; axis--) {
            if (changing[axis]) {
                long outer = shape.elements(0, axis);
                long inner = shape.elements(axis + 1, shape.rank());
                shape = shape.withDim(axis, axes[axis].to());
                passes.add(new Pass(ResampledPlane.of(outer, axes[axis], inner), shape));
            }
        }
        return passes;
    }

    private static List<Pass> passes(Shape x, boolean[] changing, ResampledAxis[] axes) {
        List<Pass> passes = new ArrayList<>();
        Shape shape = x;
        for (int axis = 0; axis < changing.length; axis++) {
            if (!changing[axis]) {
                continue;
            }
            long outer = shape.elements(0, axis);
            shape = shape.withDim(axis, axes[axis].to());
            ResampledAxis first = axes[axis];
            if (axis + 1 < changing.length && changing[axis + 1]) {
                axis++;
                shape = shape.withDim(axis, axes[axis].to());
                long inner = shape.elements(axis + 1, shape.rank());
                passes.add(new Pass(new ResampledPlane(outer, first, axes[axis], inner), shape));
            } else {
                passes.add(new Pass(ResampledPlane.of(outer, first, shape.elements(axis + 1, shape.rank())), shape));
            }
        }
        return passes;
    }
}
