package dev.nereid.models.operators.vision;

import dev.nereid.kernels.resize.ResizeKernels;
import dev.nereid.kernels.resize.SamplePoints;
import dev.nereid.models.lowering.StepRun;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Buffers the sample points of bilinear sampling for the kernel. */
final class SamplePointBuffer {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final SamplePadding padding;
    private final boolean alignsCorners;
    private final int rows;
    private final int columns;
    private final SamplePoints points;
    private final MemorySegment rowPositions;
    private final MemorySegment columnPositions;
    private final MemorySegment factors;

    /** Points of a plane of so many rows and columns. */
    SamplePointBuffer(StepRun run, int count, SamplePadding padding, boolean alignsCorners, int rows, int columns) {
        this.padding = padding;
        this.alignsCorners = alignsCorners;
        this.rows = rows;
        this.columns = columns;
        long bytes = SamplePoints.bytes(count);
        this.points = new SamplePoints(run.scratch(bytes), run.scratch(bytes), count);
        this.rowPositions = run.scratch((long) Float.BYTES * count);
        this.columnPositions = run.scratch((long) Float.BYTES * count);
        this.factors = run.scratch((long) Float.BYTES * count);
    }

    /** Sets a point's position, in pixels from the middle of the first. */
    void set(int point, float row, float column) {
        boolean reflects = padding == SamplePadding.REFLECTION;
        rowPositions.set(FLOAT, (long) Float.BYTES * point, reflects ? reflected(row, rows) : row);
        columnPositions.set(FLOAT, (long) Float.BYTES * point, reflects ? reflected(column, columns) : column);
    }

    /** What a point's weights are multiplied by, if they are. */
    void setFactor(int point, float factor) {
        factors.set(FLOAT, (long) Float.BYTES * point, factor);
    }

    private float reflected(float position, int extent) {
        double low = alignsCorners ? 0 : -0.5;
        return (float) padding.position(position, extent, low, extent - 1 - low);
    }

    /** The points once they are all set. Within its edges a reflected image is read as one that goes on. */
    SamplePoints placed(ResizeKernels kernels, boolean hasFactors) {
        Optional<MemorySegment> given = hasFactors ? Optional.of(factors) : Optional.empty();
        kernels.findNeighbours(
                points, rows, columns, padding != SamplePadding.ZEROS, rowPositions, columnPositions, given);
        return points;
    }
}
