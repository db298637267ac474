package dev.nereid.models.operators.movement;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;

/** The list of the movement operators. */
public final class MovementOperators {
    /** The domain of operators that only passes emit. */
    private static final String FUSED = "dev.nereid";

    private static final Set<DataType> INT64 = Set.of(DataType.INT64);

    private MovementOperators() {}

    /** Every movement operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("CenterCropPad", 18, new CenterCropPad())
                        .taking(DataTypes.ALL)
                        .taking(1, DataTypes.INDICES),
                Entry.of("Compress", 9, new Compress()).taking(DataTypes.ALL).taking(1, DataTypes.BOOLS),
                Entry.of("Concat", 1, new Concat()).taking(DataTypes.ALL),
                Entry.of("Constant", 1, new Constant()),
                Entry.of("ConstantOfShape", 9, new ConstantOfShape()).taking(INT64),
                Entry.of("DepthToSpace", 1, DepthSpace.DEPTH_TO_SPACE).taking(DataTypes.ALL),
                Entry.of("Expand", 8, new Expand()).taking(DataTypes.ALL).taking(1, INT64),
                Entry.of("EyeLike", 9, new EyeLike()).taking(DataTypes.NUMBERS_AND_BOOL),
                Entry.of("Flatten", 1, Views.FLATTEN).taking(DataTypes.ALL),
                Entry.of("Gather", 1, new Gather()).taking(DataTypes.ALL).taking(1, DataTypes.INDICES),
                Entry.of("GatherElements", 11, new GatherElements())
                        .taking(DataTypes.ALL)
                        .taking(1, DataTypes.INDICES),
                Entry.of("GatherND", 11, new GatherND()).taking(DataTypes.ALL).taking(1, DataTypes.INDICES),
                Entry.of("Identity", 1, Views.IDENTITY),
                Entry.of("NonZero", 9, new NonZero()).taking(DataTypes.NOT_COMPLEX),
                Entry.of("OneHot", 9, new OneHot())
                        .taking(DataTypes.NUMBERS)
                        .taking(1, DataTypes.NUMBERS)
                        .taking(2, DataTypes.ALL),
                Entry.of("Pad", 1, new Pad())
                        .taking(DataTypes.ALL)
                        .taking(1, INT64)
                        .taking(3, DataTypes.INDICES)
                        .alike(0, 2),
                Entry.of("Range", 11, new Range()).taking(DataTypes.NUMBERS).alike(0, 1, 2),
                Entry.of("Reshape", 1, new Reshape()).taking(DataTypes.ALL).taking(1, INT64),
                Entry.of("Resize", 10, new Resize()).taking(DataTypes.ALL),
                Entry.of("ReverseSequence", 10, new ReverseSequence())
                        .taking(DataTypes.ALL)
                        .taking(1, INT64),
                Entry.of("Scatter", 9, Scatter.ELEMENTS)
                        .taking(DataTypes.ALL)
                        .taking(1, DataTypes.INDICES)
                        .alike(0, 2),
                Entry.of("ScatterElements", 11, Scatter.ELEMENTS)
                        .taking(DataTypes.ALL)
                        .taking(1, DataTypes.INDICES)
                        .alike(0, 2),
                Entry.of("ScatterND", 11, Scatter.ND)
                        .taking(DataTypes.ALL)
                        .taking(1, INT64)
                        .alike(0, 2),
                Entry.of("Shape", 1, Shapes.SHAPE).taking(DataTypes.ALL),
                Entry.of("Size", 1, Shapes.SIZE).taking(DataTypes.ALL),
                Entry.of("Slice", 1, new Slice()).taking(DataTypes.ALL),
                Entry.of("SpaceToDepth", 1, DepthSpace.SPACE_TO_DEPTH).taking(DataTypes.ALL),
                Entry.of("Split", 1, new Split()).taking(DataTypes.ALL),
                Entry.of("Squeeze", 1, Views.SQUEEZE).taking(DataTypes.ALL),
                Entry.of("Tile", 1, new Tile()).taking(DataTypes.ALL),
                Entry.of("TopK", 1, new TopK()).taking(DataTypes.NUMBERS).taking(1, INT64),
                Entry.of("Transpose", 1, new Transpose()).taking(DataTypes.ALL),
                Entry.of("Trilu", 14, new Trilu()).taking(DataTypes.ALL).taking(1, INT64),
                Entry.of("com.microsoft", "UnfoldTensor", 1, new UnfoldTensor()).taking(DataTypes.ALL),
                Entry.of("Unique", 11, new Unique()).taking(DataTypes.NOT_COMPLEX),
                Entry.of("Unsqueeze", 1, Views.UNSQUEEZE).taking(DataTypes.ALL),
                Entry.of("Upsample", 1, new Resize()).taking(DataTypes.ALL),
                Entry.of(FUSED, "SegmentPick", 1, new SegmentPick()).taking(1, INT64),
                Entry.of(FUSED, "SegmentPositions", 1, new SegmentPositions()).taking(1, INT64));
    }
}
