package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceResize;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.operators.movement.Coordinate;
import dev.nereid.models.operators.movement.ResizeInterpolation;
import dev.nereid.models.operators.movement.ResizeTaps;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Resize on a device: axis by axis, as on the CPU; what lies between two axes is scratch memory.
 *
 * @param axes that the node names
 * @param scales one for each of them; empty where the sizes say it
 */
@SuppressWarnings("ArrayRecordComponent")
record DeviceResampling(ResizeInterpolation resampling, int[] axes, float[] scales) {
    private static final long ALIGNMENT = 256;

    /** Resizes one axis of a tensor that has the shape {@code from} so far. */
    private record Pass(DeviceResize resize, Shape to) {}

    /** Whether the device has formulas for it. */
    static boolean fits(ResizeInterpolation resampling) {
        return resampling.coordinate() != Coordinate.TF_CROP_AND_RESIZE;
    }

    long scratchBytes(DeviceRun run) {
        List<Pass> passes = passes(run);
        long bytes = 0;
        for (Pass pass : passes.subList(0, Math.max(passes.size() - 1, 0))) {
            bytes += bytes(pass);
        }
        return bytes;
    }

    private static long bytes(Pass pass) {
        return Math.ceilDiv(Float.BYTES * pass.to().elements(), ALIGNMENT) * ALIGNMENT;
    }

    void run(DeviceRun run) {
        DeviceTensor x = run.input(0);
        DeviceTensor y = run.output(0);
        List<Pass> passes = passes(run);
        if (passes.isEmpty()) {
            long[] strides = x.shape().strides();
            DeviceMoves.copy(run, x.shape().dims(), x, 0, strides, y, 0, strides);
        }
        long from = x.address();
        long scratch = run.scratch();
        for (int i = 0; i < passes.size(); i++) {
            long to = i + 1 == passes.size() ? y.address() : scratch;
            run.kernels().resize(passes.get(i).resize(), from, to);
            from = to;
            scratch += bytes(passes.get(i));
        }
    }

    private List<Pass> passes(DeviceRun run) {
        Shape shape = run.input(0).shape();
        Shape y = run.output(0).shape();
        List<Pass> passes = new ArrayList<>();
        for (int i = 0; i < axes.length; i++) {
            int input = Math.toIntExact(shape.dim(axes[i]));
            int output = Math.toIntExact(y.dim(axes[i]));
            float scale = scales.length == 0 ? (float) output / input : scales[i];
            boolean stays = input == output && scale == 1;
            if (!stays) {
                passes.add(new Pass(pass(shape, axes[i], output, scale), shape.withDim(axes[i], output)));
                shape = shape.withDim(axes[i], output);
            }
        }
        return passes;
    }

    private DeviceResize pass(Shape shape, int axis, int output, float scale) {
        int input = Math.toIntExact(shape.dim(axis));
        return new DeviceResize(
                Math.toIntExact(shape.elements(0, axis)),
                input,
                output,
                Math.toIntExact(shape.elements(axis + 1, shape.rank())),
                position(resampling.coordinate(), new ResizeTaps.Axis(input, output, scale, 0, 1)),
                DeviceResize.Filter.valueOf(resampling.mode().name()),
                DeviceResize.Rounding.valueOf(resampling.nearest(scale).name()),
                resampling.firstTap(scale),
                resampling.taps(scale),
                resampling.widening(scale),
                resampling.cubicCoefficient(),
                resampling.excludeOutside());
    }

    /** {@link Coordinate#source} as a formula; not for {@link Coordinate#TF_CROP_AND_RESIZE}. */
    private static DeviceResize.Position position(Coordinate coordinate, ResizeTaps.Axis axis) {
        float scale = axis.scale();
        float exact = scale * axis.input();
        boolean one = axis.output() == 1;
        return switch (coordinate) {
            case HALF_PIXEL -> new DeviceResize.Position(1, 0.5f, scale, -0.5f, 0);
            case HALF_PIXEL_SYMMETRIC -> {
                float centre = axis.input() / 2f * (1 - axis.output() / exact);
                yield new DeviceResize.Position(1, 0.5f, scale, -0.5f, centre);
            }
            case PYTORCH_HALF_PIXEL ->
                one ? new DeviceResize.Position(0, 0, 1, 0, 0) : new DeviceResize.Position(1, 0.5f, scale, -0.5f, 0);
            case ALIGN_CORNERS ->
                one
                        ? new DeviceResize.Position(0, 0, 1, 0, 0)
                        : new DeviceResize.Position(axis.input() - 1, 0, exact - 1, 0, 0);
            case ASYMMETRIC -> new DeviceResize.Position(1, 0, scale, 0, 0);
            case TF_HALF_PIXEL_FOR_NN -> new DeviceResize.Position(1, 0.5f, scale, 0, 0);
            case TF_CROP_AND_RESIZE -> throw new IllegalArgumentException("no formula for " + coordinate);
        };
    }
}
