package dev.nereid.models.operators.vision;

import dev.nereid.models.operators.movement.Numbers;
import dev.nereid.tensor.Tensor;

/** The boxes of one item by their edges. Reused from item to item. */
final class BoxList {
    private final float[] left;
    private final float[] right;
    private final float[] top;
    private final float[] bottom;

    BoxList(int boxes) {
        left = new float[boxes];
        right = new float[boxes];
        top = new float[boxes];
        bottom = new float[boxes];
    }

    /**
     * Reads the boxes of an item.
     *
     * @param boxes [batch, boxes, 4]
     * @param centers whether the numbers are the centre and the sizes (x, y, width, height), not two corners (y, x, y, x)
     */
    void read(Tensor boxes, long item, boolean centers) {
        for (int box = 0; box < left.length; box++) {
            long first = (item * left.length + box) * 4;
            float a = (float) Numbers.real(boxes, first);
            float b = (float) Numbers.real(boxes, first + 1);
            float c = (float) Numbers.real(boxes, first + 2);
            float d = (float) Numbers.real(boxes, first + 3);
            left[box] = centers ? a - c / 2 : Math.min(b, d);
            right[box] = centers ? a + c / 2 : Math.max(b, d);
            top[box] = centers ? b - d / 2 : Math.min(a, c);
            bottom[box] = centers ? b + d / 2 : Math.max(a, c);
        }
    }

    /** Whether the common area of two boxes is more than {@code threshold} of the area that they cover together. */
    boolean overlap(int a, int b, float threshold) {
        float width = Math.min(right[a], right[b]) - Math.max(left[a], left[b]);
        float height = Math.min(bottom[a], bottom[b]) - Math.max(top[a], top[b]);
        if (!(width > 0 && height > 0)) {
            return false;
        }
        float common = width * height;
        float areaA = (right[a] - left[a]) * (bottom[a] - top[a]);
        float areaB = (right[b] - left[b]) * (bottom[b] - top[b]);
        float together = areaA + areaB - common;
        return areaA > 0 && areaB > 0 && together > 0 && common / together > threshold;
    }
}
