package dev.nereid.models.operators.ml;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Casts;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Input 0 as rows of features, [rows, features] or one row [features], in the type that a model computes in. */
public final class FeatureRows {
    private final DataType type;
    private final Optional<UnaryKernel> cast;

    private FeatureRows(DataType type, Optional<UnaryKernel> cast) {
        this.type = type;
        this.cast = cast;
    }

    /** Rows that a step reads as {@code type}. */
    static FeatureRows of(Lowering lowering, DataType type) {
        DataType from = lowering.type(0).dataType();
        return new FeatureRows(
                type,
                from == type
                        ? Optional.empty()
                        : Optional.of(lowering.kernels().elementwise().cast(from, type, CastRule.DEFAULT)));
    }

    /** The number of rows. */
    public static Dim rows(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.hasRank()) {
            return inference.unknownDim();
        }
        checkRank(x.rank());
        return x.rank() == 1 ? Dim.of(1) : x.dim(0);
    }

    public static int rows(Shape x) {
        checkRank(x.rank());
        return x.rank() == 1 ? 1 : Math.toIntExact(x.dim(0));
    }

    public static int features(Shape x) {
        checkRank(x.rank());
        return Math.toIntExact(x.dim(-1));
    }

    DataType type() {
        return type;
    }

    /** The elements, dense: the tensor's own memory or, where the types differ, scratch. */
    MemorySegment read(StepRun run) {
        Tensor x = run.input(0);
        if (cast.isEmpty()) {
            return x.segment();
        }
        Tensor converted = Tensor.of(type, x.shape(), run.scratch(x.shape().elements() * type.bytes()));
        Casts.run(cast.get(), x, converted, run.workers());
        return converted.segment();
    }

    private static void checkRank(int rank) {
        if (rank != 1 && rank != 2) {
            throw new ModelFormatException(
                    "input 0: expected one row or rows of features, got a tensor of rank " + rank);
        }
    }
}
