package dev.nereid.models.operators.vision;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The list of the vision operators. */
public final class VisionOperators {
    private static final String MICROSOFT = "com.microsoft";
    private static final Set<DataType> FP32 = Set.of(DataType.FP32);
    private static final Set<DataType> INT64 = Set.of(DataType.INT64);

    private VisionOperators() {}

    /** Every vision operator with its versions. */
    public static List<Entry> all() {
        return Stream.of(sampling(), regions(), images(), experimental())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Entry> sampling() {
        return List.of(
                Entry.of("GridSample", 16, new GridSample()).taking(1, DataTypes.FLOATS),
                Entry.of(MICROSOFT, "GridSample", 1, new GridSample()).taking(1, DataTypes.FLOATS),
                Entry.of("AffineGrid", 20, new AffineGrid())
                        .taking(DataTypes.FLOATS)
                        .taking(1, INT64),
                Entry.of("DeformConv", 19, new DeformConv())
                        .taking(DataTypes.FLOATS)
                        .taking(1, DataTypes.FLOATS)
                        .taking(2, DataTypes.FLOATS)
                        .taking(3, DataTypes.FLOATS)
                        .taking(4, DataTypes.FLOATS),
                Entry.of("Col2Im", 18, new Col2Im())
                        .taking(DataTypes.NUMBERS)
                        .taking(1, INT64)
                        .taking(2, INT64)
                        .noting("no booleans, strings and complex numbers, which ONNX's types allow"));
    }

    private static List<Entry> regions() {
        return List.of(
                Entry.of("RoiAlign", 10, new RoiAlign())
                        .taking(DataTypes.FLOATS)
                        .taking(1, DataTypes.FLOATS)
                        .taking(2, INT64),
                Entry.of("MaxRoiPool", 1, new MaxRoiPool())
                        .taking(DataTypes.FLOATS)
                        .taking(1, DataTypes.FLOATS),
                Entry.of("NonMaxSuppression", 10, new NonMaxSuppression())
                        .taking(FP32)
                        .taking(1, FP32)
                        .taking(2, INT64)
                        .taking(3, FP32)
                        .taking(4, FP32),
                Entry.of(MICROSOFT, "MaxpoolWithMask", 1, new MaskedMaxPool())
                        .taking(FP32)
                        .taking(1, Set.of(DataType.INT32)),
                Entry.of(MICROSOFT, "CropAndResize", 1, new CropAndResize())
                        .taking(DataTypes.FLOATS)
                        .taking(1, DataTypes.FLOATS)
                        .taking(2, DataTypes.INDICES)
                        .taking(3, DataTypes.INDICES));
    }

    private static List<Entry> images() {
        return List.of(Entry.of("ImageDecoder", 20, new ImageDecoder())
                .taking(Set.of(DataType.UINT8))
                .noting("BMP, GIF, JPEG, PNG, PNM, TIFF and WBMP; no JPEG 2000 and no WebP"));
    }

    /** Operators that never left the stage of experiments, and are in old files. */
    private static List<Entry> experimental() {
        return Stream.of(
                        Entry.of("Affine", 1, RealFunction.AFFINE),
                        Entry.of("Scale", 1, RealFunction.SCALE),
                        Entry.of("ParametricSoftplus", 1, RealFunction.PARAMETRIC_SOFTPLUS),
                        Entry.of("ScaledTanh", 1, RealFunction.SCALED_TANH),
                        Entry.of("ImageScaler", 1, new ImageScaler()),
                        Entry.of("Crop", 1, new Crop()))
                .map(entry -> entry.taking(DataTypes.FLOATS))
                .toList();
    }
}
