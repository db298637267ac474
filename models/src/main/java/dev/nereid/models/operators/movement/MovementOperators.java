package dev.nereid.models.operators.movement;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.models.operators.Trait;
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
                ofAnyType("CenterCropPad", 18, new CenterCropPad()).taking(1, DataTypes.INDICES),
                ofAnyType("Compress", 9, new Compress()).taking(1, DataTypes.BOOLS),
                ofAnyType("Concat", 1, new Concat(), Trait.MOVEMENT),
                Entry.of("Constant", 1, new Constant()),
                Entry.of("ConstantOfShape", 9, new ConstantOfShape()).taking(INT64),
                ofAnyType("DepthToSpace", 1, DepthSpace.DEPTH_TO_SPACE, Trait.REORDERING),
                ofAnyType("Expand", 8, new Expand(), Trait.MOVEMENT).taking(1, INT64),
                Entry.of("EyeLike", 9, new EyeLike()).taking(DataTypes.NUMBERS_AND_BOOL),
                ofAnyType("Flatten", 1, Views.FLATTEN, Trait.VIEW),
                ofAnyType("Gather", 1, new Gather(), Trait.MOVEMENT).taking(1, DataTypes.INDICES),
                ofAnyType("GatherElements", 11, new GatherElements(), Trait.MOVEMENT)
                        .taking(1, DataTypes.INDICES),
                ofAnyType("GatherND", 11, new GatherND(), Trait.MOVEMENT).taking(1, DataTypes.INDICES),
                Entry.of("Identity", 1, Views.IDENTITY).with(Trait.UNARY, Trait.COPY, Trait.MOVEMENT),
                Entry.of("NonZero", 9, new NonZero()).taking(DataTypes.NOT_COMPLEX),
                Entry.of("OneHot", 9, new OneHot())
                        .taking(DataTypes.NUMBERS)
                        .taking(1, DataTypes.NUMBERS)
                        .taking(2, DataTypes.ALL),
                ofAnyType("Pad", 1, new Pad(), Trait.MOVEMENT)
                        .taking(1, INT64)
                        .taking(3, DataTypes.INDICES)
                        .alike(0, 2),
                Entry.of("Range", 11, new Range()).taking(DataTypes.NUMBERS).alike(0, 1, 2),
                ofAnyType("Reshape", 1, new Reshape(), Trait.VIEW).taking(1, INT64),
                ofAnyType("Resize", 10, new Resize()),
                ofAnyType("ReverseSequence", 10, new ReverseSequence()).taking(1, INT64),
                ofAnyType("Scatter", 9, Scatter.ELEMENTS)
                        .taking(1, DataTypes.INDICES)
                        .alike(0, 2),
                ofAnyType("ScatterElements", 11, Scatter.ELEMENTS)
                        .taking(1, DataTypes.INDICES)
                        .alike(0, 2),
                ofAnyType("ScatterND", 11, Scatter.ND).taking(1, INT64).alike(0, 2),
                ofAnyType("Shape", 1, Shapes.SHAPE, Trait.MOVEMENT),
                ofAnyType("Size", 1, Shapes.SIZE, Trait.MOVEMENT),
                ofAnyType("Slice", 1, new Slice(), Trait.MOVEMENT),
                ofAnyType("SpaceToDepth", 1, DepthSpace.SPACE_TO_DEPTH, Trait.REORDERING),
                ofAnyType("Split", 1, new Split(), Trait.MOVEMENT),
                ofAnyType("Squeeze", 1, Views.SQUEEZE, Trait.VIEW),
                ofAnyType("Tile", 1, new Tile(), Trait.MOVEMENT),
                Entry.of("TopK", 1, new TopK()).taking(DataTypes.NUMBERS).taking(1, INT64),
                ofAnyType("Transpose", 1, new Transpose(), Trait.REORDERING),
                ofAnyType("Trilu", 14, new Trilu()).taking(1, INT64),
                Entry.of("com.microsoft", "UnfoldTensor", 1, new UnfoldTensor()).taking(DataTypes.ALL),
                Entry.of("Unique", 11, new Unique()).taking(DataTypes.NOT_COMPLEX),
                ofAnyType("Unsqueeze", 1, Views.UNSQUEEZE, Trait.VIEW),
                ofAnyType("Upsample", 1, new Resize()),
                Entry.of(FUSED, "SegmentPick", 1, new SegmentPick()).taking(1, INT64),
                Entry.of(FUSED, "SegmentPositions", 1, new SegmentPositions()).taking(1, INT64));
    }

    /** A row whose first input may have any type. */
    private static Entry ofAnyType(String name, int since, Operator operator, Trait... traits) {
        return Entry.of(name, since, operator).taking(DataTypes.ALL).with(traits);
    }
}
