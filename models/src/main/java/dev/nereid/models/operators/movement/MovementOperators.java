package dev.nereid.models.operators.movement;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the movement operators. */
public final class MovementOperators {
    private MovementOperators() {}

    /** Every movement operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("CenterCropPad", 18, new CenterCropPad()),
                Entry.of("Compress", 9, new Compress()),
                Entry.of("Concat", 1, new Concat()),
                Entry.of("Constant", 1, new Constant()),
                Entry.of("ConstantOfShape", 9, new ConstantOfShape()),
                Entry.of("DepthToSpace", 1, DepthSpace.DEPTH_TO_SPACE),
                Entry.of("Expand", 8, new Expand()),
                Entry.of("EyeLike", 9, new EyeLike()),
                Entry.of("Flatten", 1, Views.FLATTEN),
                Entry.of("Gather", 1, new Gather()),
                Entry.of("GatherElements", 11, new GatherElements()),
                Entry.of("GatherND", 11, new GatherND()),
                Entry.of("Identity", 1, Views.IDENTITY),
                Entry.of("NonZero", 9, new NonZero()),
                Entry.of("OneHot", 9, new OneHot()),
                Entry.of("Pad", 1, new Pad()),
                Entry.of("Range", 11, new Range()),
                Entry.of("Reshape", 1, new Reshape()),
                Entry.of("Resize", 10, new Resize()),
                Entry.of("ReverseSequence", 10, new ReverseSequence()),
                Entry.of("Scatter", 9, Scatter.ELEMENTS),
                Entry.of("ScatterElements", 11, Scatter.ELEMENTS),
                Entry.of("ScatterND", 11, Scatter.ND),
                Entry.of("Shape", 1, Shapes.SHAPE),
                Entry.of("Size", 1, Shapes.SIZE),
                Entry.of("Slice", 1, new Slice()),
                Entry.of("SpaceToDepth", 1, DepthSpace.SPACE_TO_DEPTH),
                Entry.of("Split", 1, new Split()),
                Entry.of("Squeeze", 1, Views.SQUEEZE),
                Entry.of("Tile", 1, new Tile()),
                Entry.of("TopK", 1, new TopK()),
                Entry.of("Transpose", 1, new Transpose()),
                Entry.of("Trilu", 14, new Trilu()),
                Entry.of("Unique", 11, new Unique()),
                Entry.of("Unsqueeze", 1, Views.UNSQUEEZE),
                Entry.of("Upsample", 1, new Resize()));
    }
}
