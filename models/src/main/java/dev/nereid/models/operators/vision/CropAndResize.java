package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * com.microsoft CropAndResize: regions of images, all resampled to one size.
 *
 * <p>x: [batch, channels, height, width]; regions: [regions, 4] as y1, x1, y2, x2, of which 1 is the last row or column;
 * batch numbers: [regions]; crop size: [2]; y: [regions, channels, crop height, crop width].
 */
final class CropAndResize implements Operator {
    private static final int REGIONS = 1;
    private static final int ITEMS = 2;
    private static final int SIZE = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        TensorType regions = inference.type(REGIONS);
        kernel(inference.attributes());
        if ((x.hasRank() && x.rank() != 4) || (regions.hasRank() && regions.rank() != 2)) {
            throw new ModelFormatException(
                    "expected x: [batch, channels, height, width] and regions: [regions, 4], got " + x + " and "
                            + regions);
        }
        Optional<List<Dim>> size = inference.content(SIZE).filter(dims -> dims.size() == 2);
        return List.of(TensorType.of(
                x.dataType(),
                List.of(
                        regions.hasRank() ? regions.dim(0) : inference.unknownDim(),
                        x.hasRank() ? x.dim(1) : inference.unknownDim(),
                        size.map(List::getFirst).orElseGet(inference::unknownDim),
                        size.map(List::getLast).orElseGet(inference::unknownDim))));
    }

    @Override
    public void lower(Lowering lowering) {
        SamplingKernel kernel = kernel(lowering.attributes());
        double beyond = lowering.attributes().real("extrapolation_value", 0f);
        lowering.step(run -> crop(run, kernel, beyond));
    }

    private static SamplingKernel kernel(Attributes attributes) {
        String mode = attributes.text("mode", "bilinear");
        if (!mode.equals("bilinear") && !mode.equals("nearest")) {
            throw new ModelFormatException("attribute 'mode': expected 'bilinear' or 'nearest', got '" + mode + "'");
        }
        return SamplingKernel.of(mode);
    }

    private static void crop(StepRun run, SamplingKernel kernel, double beyond) {
        Shape x = run.input(0).shape();
        Tensor y = run.output(0);
        int height = Math.toIntExact(x.dim(2));
        int width = Math.toIntExact(x.dim(3));
        long channels = x.dim(1);
        long rows = y.shape().dim(2);
        long columns = y.shape().dim(3);
        RealElements image = RealElements.of(run, run.input(0));
        RealElements regions = RealElements.of(run, run.input(REGIONS));
        long[] items =
                RegionsOfInterest.items(run.input(ITEMS), run.input(REGIONS).shape(), 4, x.dim(0));
        SampleTaps taps = new SampleTaps(kernel, SamplePadding.BORDER, true, height, width);
        double[] position = new double[2];
        for (int region = 0; region < items.length; region++) {
            for (long cell = 0; cell < rows * columns; cell++) {
                position[0] = position(regions, region * 4L, cell / columns, rows, height);
                position[1] = position(regions, region * 4L + 1, cell % columns, columns, width);
                boolean inside =
                        position[0] >= 0 && position[0] <= height - 1 && position[1] >= 0 && position[1] <= width - 1;
                if (inside) {
                    if (kernel == SamplingKernel.NEAREST) {
                        position[0] = Math.floor(position[0] + 0.5);
                        position[1] = Math.floor(position[1] + 0.5);
                    }
                    taps.moveTo(position);
                }
                for (long c = 0; c < channels; c++) {
                    long offset = (items[region] * channels + c) * height * width;
                    double value = inside ? taps.sample(image, offset) : beyond;
                    RealElements.set(y, (region * channels + c) * rows * columns + cell, value);
                }
            }
        }
    }

    /** Where cell {@code at} of {@code cells} of a region lies along an axis: between its edges, or in their middle. */
    private static double position(RealElements regions, long edge, long at, long cells, int extent) {
        double from = regions.at(edge) * (extent - 1);
        double to = regions.at(edge + 2) * (extent - 1);
        return cells > 1 ? from + at * (to - from) / (cells - 1) : (from + to) / 2;
    }
}
