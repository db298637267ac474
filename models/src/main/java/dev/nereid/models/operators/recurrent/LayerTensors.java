package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Casts;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A layer's tensors during one run, in the datatype that the layer computes in. */
public final class LayerTensors {
    public static final int X = 0;
    public static final int W = 1;
    public static final int R = 2;
    public static final int BIAS = 3;
    public static final int LENGTHS = 4;
    public static final int INITIAL_HIDDEN = 5;
    public static final int INITIAL_CELL = 6;
    public static final int PEEPHOLES = 7;

    private record Narrowed(Tensor wide, Tensor output) {}

    private final StepRun run;
    private final RowMath math;
    private final List<Narrowed> narrowed = new ArrayList<>();

    LayerTensors(StepRun run, RowMath math) {
        this.run = run;
        this.math = math;
    }

    /** An input that is there. */
    Tensor input(int index) {
        Tensor tensor = run.input(index);
        if (tensor.dataType() == math.type()) {
            return tensor;
        }
        Tensor wide = scratch(tensor.shape());
        Casts.run(math.kernels().cast(tensor.dataType(), math.type(), CastRule.DEFAULT), tensor, wide, run.workers());
        return wide;
    }

    /** An input that must have a shape if it is there. */
    Optional<Tensor> optional(int index, String name, Shape shape) {
        if (!run.has(index)) {
            return Optional.empty();
        }
        WeightSizes.require(name, run.input(index).shape(), shape);
        return Optional.of(input(index));
    }

    /** The memory of an output, if anybody reads it; what is written there is there after {@link #finish}. */
    Optional<MemorySegment> output(int index) {
        if (!run.wants(index)) {
            return Optional.empty();
        }
        Tensor output = run.output(index);
        if (output.dataType() == math.type()) {
            return Optional.of(output.segment());
        }
        Tensor wide = scratch(output.shape());
        narrowed.add(new Narrowed(wide, output));
        return Optional.of(wide.segment());
    }

    /** Rounds the outputs to their datatype. */
    void finish() {
        for (Narrowed pair : narrowed) {
            DataType to = pair.output().dataType();
            Casts.run(
                    math.kernels().cast(math.type(), to, CastRule.DEFAULT), pair.wide(), pair.output(), run.workers());
        }
    }

    private Tensor scratch(Shape shape) {
        return Tensor.of(math.type(), shape, run.scratch(shape.elements() * math.bytes()));
    }
}
