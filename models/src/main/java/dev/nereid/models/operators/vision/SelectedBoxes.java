package dev.nereid.models.operators.vision;

import dev.nereid.kernels.reduce.NonMaxSuppressionKernel;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Non-max suppression: the selected boxes of one class, by their edges, and the candidate. Reused. */
final class SelectedBoxes {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int LEFT = 0;
    private static final int RIGHT = 1;
    private static final int TOP = 2;
    private static final int BOTTOM = 3;

    private final Tensor boxes;
    private final boolean centers;
    private final NonMaxSuppressionKernel kernel;
    private final int capacity;

    /** [left, right, top, bottom; boxes and the one that is looked at] FP32. */
    private final MemorySegment edges;

    private int count;

    /**
     * No boxes selected yet.
     *
     * @param boxes [batch, boxes, 4]
     * @param centers whether the numbers are the centre and the sizes (x, y, width, height), not two corners (y, x, y, x)
     * @param most that are selected
     */
    SelectedBoxes(StepRun run, NonMaxSuppressionKernel kernel, Tensor boxes, boolean centers, int most) {
        this.boxes = boxes;
        this.centers = centers;
        this.kernel = kernel;
        capacity = Math.addExact(most, 1);
        edges = run.scratch((long) Float.BYTES * NonMaxSuppressionKernel.EDGES * capacity);
    }

    int count() {
        return count;
    }

    void clear() {
        count = 0;
    }

    /** Considers a box, numbered over all items, and selects it unless it overlaps too much with a selected one. */
    boolean keep(long box, float threshold) {
        read(box);
        int near = -1;
        do {
            near = kernel.near(edges, capacity, near + 1, count);
        } while (near < count && !overlap(count, near, threshold));
        if (near < count) {
            return false;
        }
        count++;
        return true;
    }

    /** Whether the intersection over union of two boxes is above {@code threshold}. */
    private boolean overlap(int a, int b, float threshold) {
        float width = Math.min(edge(RIGHT, a), edge(RIGHT, b)) - Math.max(edge(LEFT, a), edge(LEFT, b));
        float height = Math.min(edge(BOTTOM, a), edge(BOTTOM, b)) - Math.max(edge(TOP, a), edge(TOP, b));
        if (!(width > 0 && height > 0)) {
            return false;
        }
        float common = width * height;
        float together = area(a) + area(b) - common;
        return area(a) > 0 && area(b) > 0 && together > 0 && common / together > threshold;
    }

    private float area(int box) {
        return (edge(RIGHT, box) - edge(LEFT, box)) * (edge(BOTTOM, box) - edge(TOP, box));
    }

    private void read(long box) {
        float a = (float) ScalarElements.real(boxes, 4 * box);
        float b = (float) ScalarElements.real(boxes, 4 * box + 1);
        float c = (float) ScalarElements.real(boxes, 4 * box + 2);
        float d = (float) ScalarElements.real(boxes, 4 * box + 3);
        set(LEFT, centers ? a - c / 2 : Math.min(b, d));
        set(RIGHT, centers ? a + c / 2 : Math.max(b, d));
        set(TOP, centers ? b - d / 2 : Math.min(a, c));
        set(BOTTOM, centers ? b + d / 2 : Math.max(a, c));
    }

    private float edge(int edge, int box) {
        return edges.get(FLOAT, Float.BYTES * ((long) edge * capacity + box));
    }

    private void set(int edge, float position) {
        edges.set(FLOAT, Float.BYTES * ((long) edge * capacity + count), position);
    }
}
