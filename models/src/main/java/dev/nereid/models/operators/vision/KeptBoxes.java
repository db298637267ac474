package dev.nereid.models.operators.vision;

import dev.nereid.models.operators.movement.Numbers;
import dev.nereid.tensor.Tensor;

/** The boxes of one class that have been selected, by their edges, and the one that is looked at. Reused. */
final class KeptBoxes {
    private final Tensor boxes;
    private final boolean centers;
    private final float[] left;
    private final float[] right;
    private final float[] top;
    private final float[] bottom;
    private int count;

    /**
     * None yet.
     *
     * @param boxes [batch, boxes, 4]
     * @param centers whether the numbers are the centre and the sizes (x, y, width, height), not two corners (y, x, y, x)
     * @param most that are selected
     */
    KeptBoxes(Tensor boxes, boolean centers, int most) {
        this.boxes = boxes;
        this.centers = centers;
        left = new float[most + 1];
        right = new float[most + 1];
        top = new float[most + 1];
        bottom = new float[most + 1];
    }

    int count() {
        return count;
    }

    void clear() {
        count = 0;
    }

    /** Looks at a box, numbered through all items, and keeps it unless it overlaps with one that is kept. */
    boolean keep(long box, float threshold) {
        read(box);
        int near = -1;
        do {
            near = near(left, right, top, bottom, near + 1, count);
        } while (near < count && !overlap(count, near, threshold));
        if (near < count) {
            return false;
        }
        count++;
        return true;
    }

    /**
     * The first box from a number on that is not apart from the last box; the last where all are. Of boxes that are apart
     * one of four distances is negative, and their signs together cost one jump.
     */
    private static int near(float[] left, float[] right, float[] top, float[] bottom, int from, int last) {
        float leftEdge = left[last];
        float rightEdge = right[last];
        float topEdge = top[last];
        float bottomEdge = bottom[last];
        for (int other = from; other < last; other++) {
            int signs = Float.floatToRawIntBits(right[other] - leftEdge)
                    | Float.floatToRawIntBits(rightEdge - left[other])
                    | Float.floatToRawIntBits(bottom[other] - topEdge)
                    | Float.floatToRawIntBits(bottomEdge - top[other]);
            if (signs >= 0) {
                return other;
            }
        }
        return last;
    }

    /** Whether the common area of two boxes is more than {@code threshold} of the area that they cover together. */
    private boolean overlap(int a, int b, float threshold) {
        float width = Math.min(right[a], right[b]) - Math.max(left[a], left[b]);
        float height = Math.min(bottom[a], bottom[b]) - Math.max(top[a], top[b]);
        if (!(width > 0 && height > 0)) {
            return false;
        }
        float common = width * height;
        float together = area(a) + area(b) - common;
        return area(a) > 0 && area(b) > 0 && together > 0 && common / together > threshold;
    }

    private float area(int box) {
        return (right[box] - left[box]) * (bottom[box] - top[box]);
    }

    private void read(long box) {
        float a = (float) Numbers.real(boxes, 4 * box);
        float b = (float) Numbers.real(boxes, 4 * box + 1);
        float c = (float) Numbers.real(boxes, 4 * box + 2);
        float d = (float) Numbers.real(boxes, 4 * box + 3);
        left[count] = centers ? a - c / 2 : Math.min(b, d);
        right[count] = centers ? a + c / 2 : Math.max(b, d);
        top[count] = centers ? b - d / 2 : Math.min(a, c);
        bottom[count] = centers ? b + d / 2 : Math.max(a, c);
    }
}
