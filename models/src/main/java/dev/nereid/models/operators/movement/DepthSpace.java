package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX DepthToSpace and SpaceToDepth: blocks of b x b pixels against b * b channels. x: [n, c, h, w]. Channels count
 * as [b, b, c] (mode DCR, and SpaceToDepth) or as [c, b, b] (mode CRD).
 */
public final class DepthSpace implements Operator {
    static final Operator DEPTH_TO_SPACE = new DepthSpace(true);
    static final Operator SPACE_TO_DEPTH = new DepthSpace(false);

    private final boolean toSpace;

    private DepthSpace(boolean toSpace) {
        this.toSpace = toSpace;
    }

    /** Whether channels become pixels; otherwise pixels become channels. */
    public boolean toSpace() {
        return toSpace;
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(TensorType.of(x.dataType(), AxisArguments.unknown(in, 4)));
        }
        if (x.rank() != 4) {
            throw new ModelFormatException("expected [n, c, h, w], got " + x);
        }
        Dim block = Dim.of(block(in));
        Dim area = block.times(block);
        List<Dim> dims = toSpace
                ? List.of(
                        x.dim(0),
                        divide(x.dim(1), area),
                        x.dim(2).times(block),
                        x.dim(3).times(block))
                : List.of(x.dim(0), x.dim(1).times(area), divide(x.dim(2), block), divide(x.dim(3), block));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        long block = block(lowering);
        boolean channelsFirst = lowering.attributes().text("mode", "DCR").equals("CRD");
        lowering.step(run -> {
            Tensor deep = toSpace ? run.input(0) : run.output(0);
            Tensor wide = toSpace ? run.output(0) : run.input(0);
            long[] dims = dims(deep.shape(), wide.shape(), block);
            long[] deepStrides = deepStrides(deep.shape(), wide.shape().dim(1), block, channelsFirst);
            long[] wideStrides = Shape.of(dims).strides();
            if (toSpace) {
                elements.copy(dims, deep, 0, deepStrides, wide, 0, wideStrides, run.workers());
            } else {
                elements.copy(
                        deepOrder(dims),
                        wide,
                        0,
                        deepOrder(wideStrides),
                        deep,
                        0,
                        deepOrder(deepStrides),
                        run.workers());
            }
        });
    }

    /** Numbers of the axes [n, c, h, block row, w, block column] in an order in which the columns of y come last. */
    private static long[] deepOrder(long[] axes) {
        return new long[] {axes[0], axes[3], axes[5], axes[1], axes[2], axes[4]};
    }

    /** The axes [n, c, h, block row, w, block column]. */
    public static long[] dims(Shape deep, Shape wide, long block) {
        if (deep.elements() != wide.elements()) {
            throw new IllegalArgumentException("shapes " + deep + " and " + wide + " have no blocks of " + block);
        }
        return new long[] {wide.dim(0), wide.dim(1), deep.dim(2), block, deep.dim(3), block};
    }

    /** Strides of the axes [n, c, h, block row, w, block column] in the tensor with the many channels. */
    public static long[] deepStrides(Shape deep, long channels, long block, boolean channelsFirst) {
        long[] strides = deep.strides();
        long channel = channelsFirst ? strides[1] * block * block : strides[1];
        long blockColumn = channelsFirst ? strides[1] : strides[1] * channels;
        return new long[] {strides[0], channel, strides[2], blockColumn * block, strides[3], blockColumn};
    }

    public static long block(Inference in) {
        long block = in.attributes().integer("blocksize", 0);
        if (block <= 0 || block > Integer.MAX_VALUE) {
            throw new ModelFormatException("blocksize is " + block);
        }
        return block;
    }

    private static Dim divide(Dim dim, Dim by) {
        if (dim.isKnown() && dim.value() % by.value() != 0) {
            throw new ModelFormatException("a dim of " + dim + " is no multiple of " + by);
        }
        return dim.floorDivide(by);
    }
}
