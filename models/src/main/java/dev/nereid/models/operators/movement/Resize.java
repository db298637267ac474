package dev.nereid.models.operators.movement;

import dev.nereid.kernels.resize.ResizeKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * ONNX Resize and Upsample: the input resampled to another size, given as scales or as sizes of all axes or of
 * {@code axes}. Inputs since opset 11: x, roi, scales, sizes; in 9 and 10: x, scales; before, scales are an attribute, and
 * in 1 two attributes for images.
 */
public final class Resize implements Operator {
    private static final int ROI = 1;
    private static final int SIZES = 3;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        int[] axes = axes(in, x.rank());
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        if (hasSizes(in)) {
            Optional<List<Dim>> sizes = in.content(SIZES);
            for (int i = 0; i < axes.length; i++) {
                dims.set(
                        axes[i],
                        sizes.isPresent() && keepsSizes(in) ? sizes.get().get(i) : in.unknownDim());
            }
            Optional<Shape> shape = x.shape();
            Optional<long[]> numbers = AxisArguments.numbers(in, SIZES);
            if (shape.isPresent() && numbers.isPresent() && !keepsSizes(in)) {
                float scale = commonScale(in, shape.get(), axes, numbers.get());
                for (int axis : axes) {
                    dims.set(axis, Dim.of(Math.round(scale * shape.get().dim(axis))));
                }
            }
            return List.of(TensorType.of(x.dataType(), dims));
        }
        Optional<float[]> scales = scales(in, scalesInput(in) < 0 ? Optional.empty() : in.constant(scalesInput(in)));
        for (int i = 0; i < axes.length; i++) {
            Dim dim = dims.get(axes[i]);
            int index = i;
            dims.set(axes[i], scales.flatMap(s -> scaled(dim, s[index])).orElseGet(in::unknownDim));
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        ResizeKernels kernels = lowering.kernels().resize();
        ResizeInterpolation resampling = ResizeInterpolation.of(lowering.attributes(), lowering.opset());
        float extrapolation = lowering.attributes().real("extrapolation_value", 0f);
        Inference in = lowering;
        // The last shape comes again as a rule; runs may race for it, for every one of them uses its own.
        AtomicReference<Optional<Resized>> last = new AtomicReference<>(Optional.empty());
        lowering.step(run -> {
            Resized.Key key = key(in, run, resampling);
            Resized resized = last.get()
                    .filter(it -> it.key().equals(key))
                    .orElseGet(() -> new Resized(key, passes(in, key, resampling)));
            last.set(Optional.of(resized));
            if (resampling.mode() == ResizeInterpolation.Mode.NEAREST) {
                ResizeRun.gather(kernels, run, resized.passes(), extrapolation, elements);
            } else {
                boolean rounds = rounds(in, resampling);
                ResizeRun.interpolate(kernels, run, resized.passes(), extrapolation, rounds);
            }
        });
    }

    /** How a tensor was resized, and which. */
    private record Resized(Key key, ResizePasses passes) {
        /**
         * What says how.
         *
         * @param scales one for each axis that the node names
         * @param regions for each of these axes the first end of what is cropped, then the other ends; or nothing
         */
        record Key(Shape x, Shape y, List<Float> scales, List<Float> regions) {}
    }

    private static Resized.Key key(Inference in, StepRun run, ResizeInterpolation resampling) {
        Shape x = run.input(0).shape();
        int[] axes = axes(in, x.rank());
        List<Float> scales = new ArrayList<>();
        for (float scale : runScales(in, run, axes)) {
            scales.add(scale);
        }
        List<Float> regions = new ArrayList<>();
        if (resampling.coordinate() == Coordinate.TF_CROP_AND_RESIZE) {
            for (int i = 0; i < 2 * axes.length; i++) {
                regions.add((float) ScalarElements.real(run.input(ROI), i));
            }
        }
        return new Resized.Key(x, run.output(0).shape(), List.copyOf(scales), List.copyOf(regions));
    }

    private static ResizePasses passes(Inference in, Resized.Key key, ResizeInterpolation resampling) {
        Shape x = key.x();
        Shape y = key.y();
        int[] axes = axes(in, x.rank());
        ResizeTaps[] taps = new ResizeTaps[x.rank()];
        for (int axis = 0; axis < taps.length; axis++) {
            taps[axis] = ResizeTaps.of(new ResizeTaps.Axis((int) x.dim(axis), (int) y.dim(axis), 1, 0, 1), resampling);
        }
        boolean crops = !key.regions().isEmpty();
        for (int i = 0; i < axes.length; i++) {
            float start = crops ? key.regions().get(i) : 0;
            float end = crops ? key.regions().get(axes.length + i) : 1;
            int input = (int) x.dim(axes[i]);
            int output = (int) y.dim(axes[i]);
            float scale = key.scales().get(i);
            taps[axes[i]] = ResizeTaps.of(new ResizeTaps.Axis(input, output, scale, start, end), resampling);
        }
        return ResizePasses.of(x, taps, resampling, rounds(in, resampling));
    }

    /** Integers that are resized without aliases are rounded after each axis, as in PyTorch and ONNX Runtime. */
    private static boolean rounds(Inference in, ResizeInterpolation resampling) {
        return resampling.antialias() && in.type(0).dataType().isInteger();
    }

    private static float[] runScales(Inference in, StepRun run, int[] axes) {
        Shape x = run.input(0).shape();
        if (hasSizes(in)) {
            long[] sizes = IntegerTensors.read(run.input(SIZES)).orElseThrow();
            float[] scales = new float[axes.length];
            if (!keepsSizes(in)) {
                Arrays.fill(scales, commonScale(in, x, axes, sizes));
                return scales;
            }
            for (int i = 0; i < axes.length; i++) {
                scales[i] = (float) sizes[i] / x.dim(axes[i]);
            }
            return scales;
        }
        int input = scalesInput(in);
        return scales(in, input < 0 ? Optional.empty() : Optional.of(run.input(input)))
                .orElseThrow();
    }

    public static boolean hasSizes(Inference in) {
        return in.opset() >= 11 && in.has(SIZES);
    }

    public static boolean keepsSizes(Inference in) {
        return in.attributes().text("keep_aspect_ratio_policy", "stretch").equals("stretch");
    }

    /** The one scale of all axes that fits the sizes from below or from above. */
    private static float commonScale(Inference in, Shape x, int[] axes, long[] sizes) {
        boolean smallest = in.attributes().text("keep_aspect_ratio_policy", "").equals("not_larger");
        float scale = smallest ? Float.MAX_VALUE : 0;
        for (int i = 0; i < axes.length; i++) {
            float own = (float) sizes[i] / x.dim(axes[i]);
            scale = smallest ? Math.min(scale, own) : Math.max(scale, own);
        }
        return scale;
    }

    /** The index of the input with the scales; -1 where they are an attribute. */
    public static int scalesInput(Inference in) {
        if (in.attributes().has("scales") || in.attributes().has("height_scale")) {
            return -1;
        }
        return in.opset() >= 11 && !in.node().operator().equals("Upsample") ? 2 : 1;
    }

    public static Optional<float[]> scales(Inference in, Optional<Tensor> tensor) {
        if (in.attributes().has("scales")) {
            List<Float> list = in.attributes().reals("scales").orElseThrow();
            float[] scales = new float[list.size()];
            for (int i = 0; i < scales.length; i++) {
                scales[i] = list.get(i);
            }
            return Optional.of(scales);
        }
        if (in.attributes().has("height_scale")) {
            float height = in.attributes().real("height_scale", 1f);
            return Optional.of(new float[] {1, 1, height, in.attributes().real("width_scale", 1f)});
        }
        return tensor.map(scales -> {
            float[] values = new float[(int) scales.shape().elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ScalarElements.real(scales, i);
            }
            return values;
        });
    }

    public static int[] axes(Inference in, int rank) {
        return AxisArguments.of(in.attributes().integers("axes").orElseGet(() -> AxisArguments.all(rank)), rank);
    }

    /** The scaled extent as a number, or as a formula where the scale or its inverse is an integer. */
    private static Optional<Dim> scaled(Dim dim, float scale) {
        if (scale <= 0 || !Float.isFinite(scale)) {
            throw new ModelFormatException("a scale is " + scale);
        }
        if (dim.isKnown()) {
            return Optional.of(Dim.of((long) Math.floor(scale * dim.value())));
        }
        if (scale == Math.rint(scale)) {
            return Optional.of(dim.times((long) scale));
        }
        float inverse = 1 / scale;
        return inverse == Math.rint(inverse) ? Optional.of(dim.floorDivide(Dim.of((long) inverse))) : Optional.empty();
    }
}
