package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.operators.movement.Concat;
import dev.nereid.models.operators.movement.DepthSpace;
import dev.nereid.models.operators.movement.Expand;
import dev.nereid.models.operators.movement.Gather;
import dev.nereid.models.operators.movement.GatherElements;
import dev.nereid.models.operators.movement.GatherND;
import dev.nereid.models.operators.movement.OneHot;
import dev.nereid.models.operators.movement.Pad;
import dev.nereid.models.operators.movement.Range;
import dev.nereid.models.operators.movement.Reshape;
import dev.nereid.models.operators.movement.Resize;
import dev.nereid.models.operators.movement.Scatter;
import dev.nereid.models.operators.movement.Slice;
import dev.nereid.models.operators.movement.Split;
import dev.nereid.models.operators.movement.Tile;
import dev.nereid.models.operators.movement.TopK;
import dev.nereid.models.operators.movement.Transpose;
import dev.nereid.models.operators.movement.Trilu;
import dev.nereid.models.operators.movement.Views;
import java.util.List;
import java.util.Optional;

/** The list of the operators of this family that devices have kernels for. */
public final class MovementLowerings {
    private MovementLowerings() {}

    public static List<LoweringEntry<?>> all() {
        return List.of(
                LoweringEntry.of(Concat.class, new ConcatLowering()),
                LoweringEntry.of(DepthSpace.class, new DepthSpaceLowering()),
                LoweringEntry.of(Expand.class, new ExpandLowering()),
                LoweringEntry.of(Gather.class, new GatherLowering()),
                LoweringEntry.of(GatherElements.class, new GatherElementsLowering()),
                LoweringEntry.of(GatherND.class, new GatherNDLowering()),
                LoweringEntry.of(OneHot.class, new OneHotLowering()),
                LoweringEntry.of(Pad.class, new PadLowering()),
                LoweringEntry.of(Range.class, new RangeLowering()),
                LoweringEntry.of(Reshape.class, new ReshapeLowering()),
                LoweringEntry.widening(Resize.class, new ResizeLowering()),
                LoweringEntry.widening(Scatter.class, new ScatterLowering()),
                LoweringEntry.of(Slice.class, new SliceLowering()),
                LoweringEntry.of(Split.class, new SplitLowering()),
                LoweringEntry.of(Tile.class, new TileLowering()),
                LoweringEntry.widening(TopK.class, new TopKLowering()),
                LoweringEntry.of(Transpose.class, new TransposeLowering()),
                LoweringEntry.of(Trilu.class, new TriluLowering()),
                LoweringEntry.of(Views.View.class, (_, _, _) -> Optional.of(DeviceStep.alias(0))));
    }
}
