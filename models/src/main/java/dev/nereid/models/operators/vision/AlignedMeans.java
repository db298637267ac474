package dev.nereid.models.operators.vision;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.resize.WeightedSamples;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Means over the bins of regions, of floats: the channels of all cells are put side by side first, so that a bin's values are
 * vectors, and the means of a region are taken apart again.
 *
 * @param items the item of the batch that each region belongs to
 * @param sides of each region two: the rows' and the columns'
 * @param bins rows and columns of bins
 */
@SuppressWarnings("ArrayRecordComponent")
record AlignedMeans(KernelSet kernels, Tensor x, long[] items, RegionSide[] sides, int[] bins) {
    /** For so many bins a cell may be moved: to find a bin's mean channel by channel takes about as long. */
    private static final long CELLS_FOR_A_BIN = 6;

    /** Cells of all bins of a region; more are not kept at a time. */
    private static final int MOST_TAPS = 1 << 16;

    /** Whether this is faster than to go channel by channel, or possible at all. */
    boolean suits() {
        Shape shape = x.shape();
        if (x.dataType() != DataType.FP32 || shape.elements() == 0) {
            return false;
        }
        for (int side = 0; side < sides.length; side += 2) {
            if ((long) sides[side].samples() * sides[side + 1].samples() * RegionBin.CORNERS * all() > MOST_TAPS) {
                return false;
            }
        }
        long cells = shape.dim(0) * shape.dim(2) * shape.dim(3);
        return cells <= CELLS_FOR_A_BIN * items.length * all();
    }

    private long all() {
        return (long) bins[0] * bins[1];
    }

    void run(StepRun run, Tensor y) {
        Shape shape = x.shape();
        long channels = shape.dim(1);
        long cells = shape.dim(2) * shape.dim(3);
        MemorySegment apart = run.scratch(shape.elements() * Float.BYTES);
        kernels.layout()
                .transpose(
                        Float.BYTES,
                        new long[] {shape.dim(0), channels, cells},
                        new int[] {0, 2, 1},
                        x.segment(),
                        apart,
                        run.workers());
        int tasks = Math.min(run.workers().count(), items.length);
        long results = Float.BYTES * channels * all();
        MemorySegment means = run.scratch(tasks * results);
        run.workers().run(tasks, task -> {
            int end = (int) ((task + 1L) * items.length / tasks);
            for (int region = (int) ((long) task * items.length / tasks); region < end; region++) {
                long plane = Float.BYTES * channels * cells;
                MemorySegment mean = means.asSlice(task * results, results);
                kernels.resize()
                        .sumCells(cells(region), (int) channels, apart.asSlice(items[region] * plane, plane), mean);
                kernels.layout()
                        .transpose(
                                Float.BYTES,
                                new long[] {all(), channels},
                                new int[] {1, 0},
                                mean,
                                y.segment().asSlice(region * results, results),
                                Workers.single());
            }
        });
    }

    /** The cells of a region's bins, and their shares in the means. */
    private WeightedSamples cells(int region) {
        RegionSide rows = sides[2 * region];
        RegionSide columns = sides[2 * region + 1];
        int samples = rows.samples() * columns.samples();
        int taps = RegionBin.CORNERS * samples;
        RegionBin bin = new RegionBin(
                Math.toIntExact(x.shape().dim(2)), Math.toIntExact(x.shape().dim(3)), samples);
        int[] cells = new int[taps * bins[0] * bins[1]];
        float[] weights = new float[cells.length];
        int at = 0;
        for (int row = 0; row < bins[0]; row++) {
            for (int column = 0; column < bins[1]; column++) {
                bin.clear();
                for (int i = 0; i < rows.samples(); i++) {
                    for (int j = 0; j < columns.samples(); j++) {
                        bin.add(rows.position(row, i), columns.position(column, j));
                    }
                }
                bin.share(cells, weights, at);
                at += taps;
            }
        }
        return new WeightedSamples(bins[0] * bins[1], taps, cells, weights);
    }
}
