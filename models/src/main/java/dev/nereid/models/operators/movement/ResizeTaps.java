package dev.nereid.models.operators.movement;

import dev.nereid.kernels.resize.ResampledAxis;

/**
 * Taps of a resize along one axis: each output position is the weighted sum of {@code width} neighbouring input positions.
 *
 * @param indices [output, width], inside the axis
 * @param weights [output, width]
 * @param outside whether the output position lies beyond the input, where a fixed value takes its place
 */
@SuppressWarnings("ArrayRecordComponent")
public record ResizeTaps(int width, int[] indices, float[] weights, boolean[] outside) {
    /** The axis for kernels that add. */
    ResampledAxis weighted(int from) {
        return new ResampledAxis(from, outside.length, width, indices, weights);
    }

    /** The axis for kernels that pick: of each place the first tap that counts. */
    ResampledAxis picked(int from) {
        int[] picked = new int[outside.length];
        for (int place = 0; place < picked.length; place++) {
            int tap = place * width;
            while (tap < (place + 1) * width - 1 && weights[tap] == 0) {
                tap++;
            }
            picked[place] = indices[weights[tap] == 0 ? place * width : tap];
        }
        return ResampledAxis.picked(from, picked);
    }

    /** Whether each place is the input's own. */
    boolean isIdentity() {
        for (int place = 0; place < outside.length; place++) {
            for (int tap = place * width; tap < (place + 1) * width; tap++) {
                if (indices[tap] != place && weights[tap] != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    boolean isAnyOutside() {
        for (boolean place : outside) {
            if (place) {
                return true;
            }
        }
        return false;
    }

    /**
     * An axis that changes its length.
     *
     * @param scale output length by input length
     * @param roiStart first of the two ends of the part that is cropped, as a fraction of the axis
     */
    public record Axis(int input, int output, float scale, float roiStart, float roiEnd) {}

    static ResizeTaps of(Axis axis, ResizeInterpolation resampling) {
        int start = resampling.firstTap(axis.scale());
        int width = resampling.taps(axis.scale());
        int[] indices = new int[axis.output() * width];
        float[] weights = new float[indices.length];
        boolean[] outside = new boolean[axis.output()];
        for (int position = 0; position < axis.output(); position++) {
            float source = resampling.coordinate().source(axis, position);
            outside[position] = resampling.coordinate() == Coordinate.TF_CROP_AND_RESIZE
                    && (source < 0 || source > axis.input() - 1);
            // A position that is one of the input's belongs to the interval below it.
            int base = (int) Math.ceil(source) - 1;
            float sum = 0;
            for (int tap = 0; tap < width; tap++) {
                int index = base + start + tap;
                float weight = resampling.weight(source - base, start + tap, axis.scale());
                if (resampling.excludeOutside() && (index < 0 || index >= axis.input())) {
                    weight = 0;
                }
                indices[position * width + tap] = Math.clamp(index, 0, axis.input() - 1);
                weights[position * width + tap] = weight;
                sum += weight;
            }
            for (int tap = 0; tap < width; tap++) {
                weights[position * width + tap] /= sum;
            }
        }
        return new ResizeTaps(width, indices, weights, outside);
    }
}
