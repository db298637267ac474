package dev.nereid.models.operators.vision;

import dev.nereid.kernels.resize.ResizeKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * ONNX GridSample: x sampled at the positions that a grid holds, -1 to 1 from edge to edge of each spatial axis, the
 * last axis first.
 *
 * <p>x: [batch, channels, spatial...]; grid: [batch, sampled..., spatial axes]; y: [batch, channels, sampled...].
 */
final class GridSample implements Operator {
    private static final int GRID = 1;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** What the attributes say. */
    private record Settings(SamplingKernel kernel, SamplePadding padding, boolean alignsCorners) {
        static Settings of(Attributes attributes) {
            return new Settings(
                    SamplingKernel.of(attributes.text("mode", "linear")),
                    SamplePadding.of(attributes.text("padding_mode", "zeros")),
                    attributes.integer("align_corners", 0) != 0);
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        TensorType grid = inference.type(GRID);
        Settings settings = Settings.of(inference.attributes());
        boolean copies = settings.kernel() == SamplingKernel.NEAREST;
        if (!copies && (x.dataType() == DataType.STRING || x.dataType().kind() == DataType.Kind.COMPLEX)) {
            throw new ModelFormatException("mode 'nearest' alone takes elements of " + x.dataType());
        }
        if (!x.hasRank() || !grid.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        Dim axes = grid.dim(-1);
        if (x.rank() < 3 || grid.rank() != x.rank() || (axes.isKnown() && !axes.is(x.rank() - 2))) {
            throw new ModelFormatException("expected x: [batch, channels, spatial...] and a grid: [batch, sampled..., "
                    + "spatial axes], got " + x + " and " + grid);
        }
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), x.dim(1)));
        dims.addAll(grid.dims().orElseThrow().subList(1, grid.rank() - 1));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        Settings settings = Settings.of(lowering.attributes());
        ResizeKernels kernels = lowering.kernels().resize();
        boolean bilinear = settings.kernel() == SamplingKernel.LINEAR
                && lowering.type(0).dataType() == DataType.FP32
                && lowering.type(GRID).dataType() == DataType.FP32;
        lowering.step(run -> {
            requireSizes(run.input(0).shape(), run.input(GRID).shape(), settings);
            boolean suits = bilinear
                    && run.input(0).shape().rank() == 4
                    && run.input(0).shape().elements(2, 4) > 0;
            if (suits) {
                sampleBilinearly(run, settings, kernels);
            } else {
                sample(run, settings);
            }
        });
    }

    /** Two spatial axes, of floats. */
    private static void sampleBilinearly(StepRun run, Settings settings, ResizeKernels kernels) {
        Tensor x = run.input(0);
        Shape sampled = run.output(0).shape();
        int[] extents = {
            Math.toIntExact(x.shape().dim(2)), Math.toIntExact(x.shape().dim(3))
        };
        int channels = Math.toIntExact(x.shape().dim(1));
        int cells = Math.multiplyExact(extents[0], extents[1]);
        int count = Math.toIntExact(sampled.elements(2, 4));
        SamplePointBuffer points =
                new SamplePointBuffer(run, count, settings.padding(), settings.alignsCorners(), extents[0], extents[1]);
        MemorySegment scratch = run.scratch(
                kernels.sampleScratchBytes(channels, cells, run.workers().count()));
        MemorySegment grid = run.input(GRID).segment();
        for (long item = 0; item < x.shape().dim(0); item++) {
            long first = item * count;
            Parallel.elements(run.workers(), count, DataType.FP16, (from, length) -> {
                for (long point = from; point < from + length; point++) {
                    long at = 2L * Float.BYTES * (first + point);
                    float column = position(grid.get(FLOAT, at), settings, extents[1]);
                    float row = position(grid.get(FLOAT, at + Float.BYTES), settings, extents[0]);
                    points.set((int) point, row, column);
                }
            });
            long plane = (long) Float.BYTES * channels * cells;
            long results = (long) Float.BYTES * channels * count;
            kernels.sample(
                    points.placed(kernels, false),
                    channels,
                    cells,
                    x.segment().asSlice(item * plane, plane),
                    run.output(0).segment().asSlice(item * results, results),
                    scratch,
                    run.workers());
        }
    }

    private static float position(float relative, Settings settings, int extent) {
        return settings.alignsCorners() ? (relative + 1) / 2 * (extent - 1) : ((relative + 1) * extent - 1) / 2;
    }

    private static void sample(StepRun run, Settings settings) {
        Tensor x = run.input(0);
        Tensor grid = run.input(GRID);
        int rank = x.shape().rank() - 2;
        int[] extents = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            extents[axis] = Math.toIntExact(x.shape().dim(axis + 2));
        }
        long channels = x.shape().dim(1);
        long positions = grid.shape().elements(1, rank + 1);
        RealElements coordinates = RealElements.of(run, grid);
        Cells cells = Cells.of(run, x, run.output(0), settings.kernel());
        long cellsOfChannel = x.shape().elements(2, rank + 2);
        Parallel.rows(
                run.workers(),
                x.shape().dim(0) * positions,
                4 * channels,
                x.dataType() == DataType.STRING ? DataType.FP32 : x.dataType(),
                (from, length) -> {
                    SampleTaps taps =
                            new SampleTaps(settings.kernel(), settings.padding(), settings.alignsCorners(), extents);
                    double[] position = new double[rank];
                    for (long i = from; i < from + length; i++) {
                        locate(coordinates, i, grid.dataType(), settings, extents, position);
                        taps.moveTo(position);
                        long item = i / positions * channels;
                        for (long c = item; c < item + channels; c++) {
                            cells.write(taps, c * cellsOfChannel, c * positions + i % positions);
                        }
                    }
                });
    }

    private static void requireSizes(Shape x, Shape grid, Settings settings) {
        if (x.dim(0) != grid.dim(0)) {
            throw new IllegalArgumentException("expected a grid for " + x.dim(0) + " items, got " + grid);
        }
        if (x.elements() == 0 && grid.elements() > 0 && settings.padding() != SamplePadding.ZEROS) {
            throw new IllegalArgumentException("nothing can be sampled from x " + x);
        }
    }

    /** Reads where position {@code i} of the grid lies in x; in single precision as long as the grid is no FP64. */
    private static void locate(
            RealElements grid, long i, DataType type, Settings settings, int[] extents, double[] position) {
        int rank = extents.length;
        for (int axis = 0; axis < rank; axis++) {
            double relative = grid.at(i * rank + rank - 1 - axis);
            double cell;
            if (type == DataType.FP64) {
                cell = settings.alignsCorners()
                        ? (relative + 1) / 2 * (extents[axis] - 1)
                        : ((relative + 1) * extents[axis] - 1) / 2;
            } else {
                cell = position((float) relative, settings, extents[axis]);
            }
            position[axis] = settings.kernel() == SamplingKernel.NEAREST ? Math.rint(cell) : cell;
        }
    }

    /** Writes one element of y. */
    @FunctionalInterface
    private interface Cells {
        void write(SampleTaps taps, long channelOffset, long index);

        static Cells of(StepRun run, Tensor x, Tensor y, SamplingKernel kernel) {
            if (kernel != SamplingKernel.NEAREST) {
                RealElements image = RealElements.of(run, x);
                return (taps, offset, index) -> RealElements.set(y, index, taps.sample(image, offset));
            }
            if (x.dataType() == DataType.STRING) {
                return (taps, offset, index) -> y.strings()[Math.toIntExact(index)] =
                        taps.count() == 0 ? new byte[0] : x.strings()[Math.toIntExact(offset + taps.cell(0))];
            }
            int bytes = x.dataType().bytes();
            return (taps, offset, index) -> {
                if (taps.count() == 0) {
                    y.segment().asSlice(index * bytes, bytes).fill((byte) 0);
                } else {
                    long from = (offset + taps.cell(0)) * bytes;
                    MemorySegment.copy(x.segment(), from, y.segment(), index * bytes, bytes);
                }
            };
        }
    }
}
