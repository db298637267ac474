package dev.nereid.models.operators.attention;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * ai.onnx.preview.FlexAttention without subgraphs: {@code y = softmax(scale * q * transposed(k)) * v} for every head. A
 * node with subgraphs is taken apart into the other two kinds and what its subgraphs say before it gets here.
 *
 * <p>Inputs: q: [batch, heads, queries, size]; k: [batch, keyHeads, keys, size]; v: [batch, keyHeads, keys, valueSize].
 * Output: y: [batch, heads, queries, valueSize].
 *
 * @param part what of it is computed
 */
record FlexAttention(Part part) implements Operator {
    /** The parts that a node is taken apart into. */
    enum Part {
        /** From q, k and v to y. */
        WHOLE,
        /** From q and k to the scores: [batch, heads, queries, keys], in the datatype of the softmax. */
        SCORES,
        /** From weights, [batch, heads, queries, keys], and v to y. */
        VALUES
    }

    private int inputs() {
        return part == Part.WHOLE ? 3 : 2;
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        for (String subgraph : List.of("score_mod", "mask_mod", "prob_mod")) {
            if (inference.attributes().graph(subgraph).isPresent()) {
                throw new ModelFormatException("attribute '" + subgraph + "': a subgraph here was not taken apart");
            }
        }
        for (int input = 0; input < inputs(); input++) {
            TensorType type = inference.type(input);
            if (type.hasRank() && type.rank() != 4) {
                throw new ModelFormatException("input " + input + ": expected a tensor of rank 4, got " + type);
            }
        }
        TensorType first = inference.type(0);
        TensorType last = inference.type(inputs() - 1);
        DataType type = part == Part.SCORES ? scoreType(inference) : last.dataType();
        if (!first.hasRank() || !last.hasRank()) {
            return List.of(TensorType.ofUnknownRank(type));
        }
        Dim innermost = part == Part.SCORES ? last.dim(2) : last.dim(3);
        return List.of(TensorType.of(type, List.of(first.dim(0), first.dim(1), first.dim(2), innermost)));
    }

    /** The datatype of the softmax: as asked for, else at least {@code FP32}. */
    private static DataType scoreType(Inference inference) {
        long asked = inference.attributes().integer("softmax_precision", 0);
        if (asked != 0) {
            DataType type = OnnxTypes.dataType(asked);
            if (type.isFloat() && type.bytes() >= 2) {
                return type;
            }
            throw new ModelFormatException("attribute 'softmax_precision': expected a float type, got " + type);
        }
        return inference.type(0).dataType() == DataType.FP64 ? DataType.FP64 : DataType.FP32;
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = part == Part.WHOLE
                ? ComputePrecision.of(lowering, atLeast(scoreType(lowering)), 0, 1, 2)
                : ComputePrecision.of(lowering, 0, 1);
        Optional<Float> scale = lowering.attributes().real("scale").filter(factor -> factor != 0);
        lowering.step(run -> {
            Tensor y = run.output(0);
            MemorySegment computed = precision.target(run, y);
            AttentionSizes sizes = sizes(run);
            double factor = scale.isPresent() ? scale.get() : 1 / Math.sqrt(sizes.size());
            switch (part) {
                case WHOLE -> attend(lowering, run, precision, sizes, factor, computed);
                case SCORES -> scores(lowering, run, precision, sizes, factor, computed);
                case VALUES -> values(lowering, run, precision, sizes, computed);
            }
            precision.write(run, computed, y);
        });
    }

    private static DataType atLeast(DataType type) {
        return type == DataType.FP64 ? DataType.FP64 : DataType.FP32;
    }

    private AttentionSizes sizes(StepRun run) {
        Shape first = run.input(0).shape();
        Shape second = run.input(1).shape();
        Shape last = run.input(inputs() - 1).shape();
        boolean fits = first.dim(0) == second.dim(0)
                && (part == Part.VALUES ? first.dim(3) == second.dim(2) : first.dim(3) == second.dim(3))
                && second.dim(0) == last.dim(0)
                && second.dim(1) == last.dim(1)
                && second.dim(2) == last.dim(2);
        if (!fits) {
            throw new IllegalArgumentException(
                    "expected inputs of one attention, got " + first + ", " + second + ", " + last);
        }
        return new AttentionSizes(
                Math.toIntExact(first.dim(0)),
                Math.toIntExact(first.dim(1)),
                Math.toIntExact(second.dim(1)),
                Math.toIntExact(first.dim(2)),
                Math.toIntExact(second.dim(2)),
                Math.toIntExact(part == Part.VALUES ? 0 : first.dim(3)),
                Math.toIntExact(part == Part.SCORES ? 0 : last.dim(3)));
    }

    private static void attend(
            Lowering lowering,
            StepRun run,
            ComputePrecision precision,
            AttentionSizes sizes,
            double scale,
            MemorySegment y) {
        ScaledDotProduct.attend(
                lowering.kernels(),
                run,
                precision.type(),
                sizes,
                TokenVectors.stacked(precision.read(run, run.input(0)), sizes.heads(), sizes.queries(), sizes.size()),
                TokenVectors.stacked(precision.read(run, run.input(1)), sizes.keyHeads(), sizes.keys(), sizes.size()),
                TokenVectors.stacked(
                        precision.read(run, run.input(2)), sizes.keyHeads(), sizes.keys(), sizes.valueSize()),
                scale,
                Optional.empty(),
                ScaledDotProduct.Extras.NONE,
                TokenVectors.stacked(y, sizes.heads(), sizes.queries(), sizes.valueSize()));
    }

    private static void scores(
            Lowering lowering,
            StepRun run,
            ComputePrecision precision,
            AttentionSizes sizes,
            double scale,
            MemorySegment y) {
        TokenVectors q =
                TokenVectors.stacked(precision.read(run, run.input(0)), sizes.heads(), sizes.queries(), sizes.size());
        TokenVectors k =
                TokenVectors.stacked(precision.read(run, run.input(1)), sizes.keyHeads(), sizes.keys(), sizes.size());
        TokenVectors scores = TokenVectors.stacked(y, sizes.heads(), sizes.queries(), sizes.keys());
        HeadProducts products = new HeadProducts(lowering.kernels().matMul(), precision.type(), sizes);
        products.multiply(
                run,
                (item, head) -> q.matrix(item, head, sizes.queries(), sizes.size()),
                (item, head) -> k.matrix(item, head, sizes.keys(), sizes.size()).transposed(),
                (item, head) -> scores.matrix(item, head, sizes.queries(), sizes.keys()));
        products.scale(run, y, scale);
    }

    private static void values(
            Lowering lowering, StepRun run, ComputePrecision precision, AttentionSizes sizes, MemorySegment computed) {
        TokenVectors weights =
                TokenVectors.stacked(precision.read(run, run.input(0)), sizes.heads(), sizes.queries(), sizes.keys());
        TokenVectors v = TokenVectors.stacked(
                precision.read(run, run.input(1)), sizes.keyHeads(), sizes.keys(), sizes.valueSize());
        TokenVectors y = TokenVectors.stacked(computed, sizes.heads(), sizes.queries(), sizes.valueSize());
        new HeadProducts(lowering.kernels().matMul(), precision.type(), sizes)
                .multiply(
                        run,
                        (item, head) -> weights.matrix(item, head, sizes.queries(), sizes.keys()),
                        (item, head) -> v.matrix(item, head, sizes.keys(), sizes.valueSize()),
                        (item, head) -> y.matrix(item, head, sizes.queries(), sizes.valueSize()));
    }
}
