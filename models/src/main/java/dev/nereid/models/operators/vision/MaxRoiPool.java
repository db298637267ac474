package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX MaxRoiPool: the greatest cell of each bin of each region.
 *
 * <p>x: [batch, channels, height, width]; regions: [regions, 5] as item, x1, y1, x2, y2; y: [regions, channels,
 * pooled_shape].
 */
final class MaxRoiPool implements Operator {
    private static final int REGIONS = 1;
    private static final int NUMBERS = 5;

    /** The cells that a bin covers along one axis, [from, to). */
    private record Span(long from, long to) {
        static Span of(long start, long end, int bin, int bins, long extent) {
            float size = (float) Math.max(end - start + 1, 1) / bins;
            long from = (long) Math.floor(bin * size) + start;
            long to = (long) Math.ceil((bin + 1) * size) + start;
            return new Span(Math.clamp(from, 0L, extent), Math.clamp(to, 0L, extent));
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        int[] pooled = pooled(inference.attributes());
        return RegionsOfInterest.pooled(inference, REGIONS, 5, pooled[0], pooled[1]);
    }

    @Override
    public void lower(Lowering lowering) {
        int[] pooled = pooled(lowering.attributes());
        float scale = lowering.attributes().real("spatial_scale", 1f);
        lowering.step(run -> pool(run, pooled, scale));
    }

    private static int[] pooled(Attributes attributes) {
        long[] shape = attributes
                .integers("pooled_shape")
                .orElseThrow(() -> new ModelFormatException("attribute 'pooled_shape' is missing"));
        if (shape.length != 2 || shape[0] < 1 || shape[1] < 1) {
            throw new ModelFormatException("attribute 'pooled_shape': expected two numbers of at least 1, got "
                    + java.util.Arrays.toString(shape));
        }
        return new int[] {Math.toIntExact(shape[0]), Math.toIntExact(shape[1])};
    }

    private static void pool(StepRun run, int[] pooled, float scale) {
        Shape x = run.input(0).shape();
        Shape shape = run.input(REGIONS).shape();
        if (shape.dim(1) != NUMBERS) {
            throw new IllegalArgumentException("expected regions: [regions," + NUMBERS + "], got " + shape);
        }
        RealElements image = RealElements.of(run, run.input(0));
        RealElements regions = RealElements.of(run, run.input(REGIONS));
        Tensor y = run.output(0);
        long index = 0;
        for (long region = 0; region < shape.dim(0); region++) {
            double item = regions.at(region * NUMBERS);
            RegionsOfInterest.requireItem(item, x.dim(0));
            long[] corners = new long[NUMBERS];
            for (int i = 1; i < NUMBERS; i++) {
                float corner = (float) regions.at(region * NUMBERS + i);
                corners[i] = rounded(corner * scale);
            }
            long firstChannel = (long) item;
            firstChannel *= x.dim(1);
            for (long c = 0; c < x.dim(1); c++) {
                long offset = (firstChannel + c) * x.dim(2) * x.dim(3);
                for (int row = 0; row < pooled[0]; row++) {
                    Span rows = Span.of(corners[2], corners[4], row, pooled[0], x.dim(2));
                    for (int column = 0; column < pooled[1]; column++) {
                        Span columns = Span.of(corners[1], corners[3], column, pooled[1], x.dim(3));
                        RealElements.set(y, index++, greatest(image, offset, x.dim(3), rows, columns));
                    }
                }
            }
        }
    }

    /** Halves go away from zero. */
    private static long rounded(float number) {
        return (long) Math.copySign(Math.floor(Math.abs(number) + 0.5), number);
    }

    /** 0 of an empty bin. */
    private static double greatest(RealElements image, long offset, long width, Span rows, Span columns) {
        if (rows.to() <= rows.from() || columns.to() <= columns.from()) {
            return 0;
        }
        double greatest = Double.NEGATIVE_INFINITY;
        for (long row = rows.from(); row < rows.to(); row++) {
            for (long column = columns.from(); column < columns.to(); column++) {
                greatest = Math.max(greatest, image.at(offset + row * width + column));
            }
        }
        return greatest;
    }
}
