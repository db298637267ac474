package dev.nereid.models.operators.vision;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX RoiAlign: regions of feature maps, each divided into bins; a bin is the mean or the maximum of values between the
 * cells, on a regular grid.
 *
 * <p>x: [batch, channels, height, width]; regions: [regions, 4] as x1, y1, x2, y2; batch numbers: [regions]; y: [regions,
 * channels, output_height, output_width].
 */
final class RoiAlign implements Operator {
    private static final int REGIONS = 1;
    private static final int ITEMS = 2;
    private static final int HALF_PIXEL_OPSET = 16;

    /** Values along one side of a bin; more would only serve to keep a server busy. */
    private static final int MOST_SAMPLES = 1 << 10;

    /** What the attributes say. */
    private record Settings(boolean halfPixel, boolean maximum, int height, int width, int samplingRatio, float scale) {
        static Settings of(Attributes attributes, int opset) {
            String coordinates = attributes.text(
                    "coordinate_transformation_mode", opset < HALF_PIXEL_OPSET ? "output_half_pixel" : "half_pixel");
            if (!coordinates.equals("half_pixel") && !coordinates.equals("output_half_pixel")) {
                throw new ModelFormatException("attribute 'coordinate_transformation_mode': expected 'half_pixel' or "
                        + "'output_half_pixel', got '" + coordinates + "'");
            }
            String mode = attributes.text("mode", "avg");
            if (!mode.equals("avg") && !mode.equals("max")) {
                throw new ModelFormatException("attribute 'mode': expected 'avg' or 'max', got '" + mode + "'");
            }
            return new Settings(
                    coordinates.equals("half_pixel"),
                    mode.equals("max"),
                    positive(attributes, "output_height"),
                    positive(attributes, "output_width"),
                    Math.toIntExact(attributes.integer("sampling_ratio", 0)),
                    attributes.real("spatial_scale", 1f));
        }

        private static int positive(Attributes attributes, String name) {
            long number = attributes.integer(name, 1);
            if (number < 1 || number > Integer.MAX_VALUE) {
                throw new ModelFormatException("attribute '" + name + "': expected at least 1, got " + number);
            }
            return (int) number;
        }
    }

    private static RegionSide side(double from, double to, int bins, Settings settings, DataType type) {
        double offset = settings.halfPixel() ? 0.5 : 0;
        double start = round(round(from * settings.scale(), type) - offset, type);
        double end = round(round(to * settings.scale(), type) - offset, type);
        double length = round(end - start, type);
        if (!settings.halfPixel()) {
            length = Math.max(length, 1);
        }
        double bin = round(length / bins, type);
        double samples = settings.samplingRatio() > 0 ? settings.samplingRatio() : Math.ceil(bin);
        if (!(samples <= MOST_SAMPLES)) {
            throw new IllegalArgumentException("a region from " + from + " to " + to + " has " + samples
                    + " values in a bin, more than " + MOST_SAMPLES);
        }
        return new RegionSide(start, bin, Math.max(0, (int) samples));
    }

    /** How many values a bin has depends on rounding as single precision has it, where that is the datatype. */
    private static double round(double number, DataType type) {
        return type == DataType.FP64 ? number : (float) number;
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        Settings settings = Settings.of(inference.attributes(), inference.opset());
        return RegionsOfInterest.pooled(inference, REGIONS, 4, settings.height(), settings.width());
    }

    @Override
    public void lower(Lowering lowering) {
        Settings settings = Settings.of(lowering.attributes(), lowering.opset());
        KernelSet kernels = lowering.kernels();
        lowering.step(run -> align(run, settings, kernels));
    }

    private static void align(StepRun run, Settings settings, KernelSet kernels) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        RealElements regions = RealElements.of(run, run.input(REGIONS));
        long[] items =
                RegionsOfInterest.items(run.input(ITEMS), run.input(REGIONS).shape(), 4, shape.dim(0));
        RegionSide[] sides = new RegionSide[2 * items.length];
        for (int side = 0; side < sides.length; side++) {
            // Of a region there are x1, y1, x2, y2.
            long from = side / 2 * 4L + 1 - side % 2;
            int bins = side % 2 == 0 ? settings.height() : settings.width();
            sides[side] = side(regions.at(from), regions.at(from + 2), bins, settings, x.dataType());
        }
        int[] bins = {settings.height(), settings.width()};
        AlignedMeans means = new AlignedMeans(kernels, x, items, sides, bins);
        if (!settings.maximum() && means.suits()) {
            means.run(run, run.output(0));
            return;
        }
        RealElements image = RealElements.of(run, x);
        long outputs = shape.dim(1) * settings.height() * settings.width();
        Parallel.rows(run.workers(), items.length, 16 * outputs, DataType.FP64, (from, length) -> {
            for (int region = (int) from; region < from + length; region++) {
                RegionSide rows = sides[2 * region];
                RegionSide columns = sides[2 * region + 1];
                align(image, shape, items[region], rows, columns, settings, run.output(0), region * outputs);
            }
        });
    }

    private static void align(
            RealElements image,
            Shape shape,
            long item,
            RegionSide vertical,
            RegionSide horizontal,
            Settings settings,
            Tensor y,
            long to) {
        int height = Math.toIntExact(shape.dim(2));
        int width = Math.toIntExact(shape.dim(3));
        long channels = shape.dim(1);
        long bins = (long) settings.height() * settings.width();
        RegionBin bin = new RegionBin(height, width, vertical.samples() * horizontal.samples());
        for (int row = 0; row < settings.height(); row++) {
            for (int column = 0; column < settings.width(); column++) {
                bin.clear();
                for (int i = 0; i < vertical.samples(); i++) {
                    for (int j = 0; j < horizontal.samples(); j++) {
                        bin.add(vertical.position(row, i), horizontal.position(column, j));
                    }
                }
                for (long c = 0; c < channels; c++) {
                    long offset = (item * channels + c) * height * width;
                    double value = settings.maximum() ? bin.maximum(image, offset) : bin.mean(image, offset);
                    RealElements.set(y, to + c * bins + (long) row * settings.width() + column, value);
                }
            }
        }
    }
}
