package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** ONNX Transpose: axis i of the output is axis {@code perm[i]} of the input; reversed without {@code perm}. */
public final class Transpose implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(in.attributes()
                    .integers("perm")
                    .map(perm -> TensorType.of(x.dataType(), AxisArguments.unknown(in, perm.length)))
                    .orElseGet(() -> TensorType.ofUnknownRank(x.dataType())));
        }
        List<Dim> dims =
                Arrays.stream(permutation(in, x.rank())).mapToObj(x::dim).toList();
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        TensorType x = lowering.type(0);
        if (x.hasRank() && keepsOrder(x, permutation(lowering, x.rank()))) {
            lowering.alias(0, 0);
            return;
        }
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Inference in = lowering;
        int[] known = x.hasRank() ? permutation(in, x.rank()) : new int[0];
        lowering.step(run -> {
            int rank = run.input(0).shape().rank();
            int[] permutation = rank == known.length ? known : permutation(in, rank);
            elements.transpose(permutation, run.input(0), run.output(0), run.workers());
        });
    }

    public static int[] permutation(Inference in, int rank) {
        long[] perm = in.attributes()
                .integers("perm")
                .orElseGet(() ->
                        IntStream.range(0, rank).mapToLong(i -> rank - 1 - i).toArray());
        if (perm.length != rank) {
            throw new ModelFormatException("perm " + Arrays.toString(perm) + " for a tensor of rank " + rank);
        }
        return AxisArguments.of(perm, rank);
    }

    /** Whether only axes of extent 1 move, which changes nothing in memory. */
    public static boolean keepsOrder(TensorType x, int[] permutation) {
        int[] moving =
                Arrays.stream(permutation).filter(axis -> !x.dim(axis).is(1)).toArray();
        return Arrays.equals(moving, Arrays.stream(moving).sorted().toArray());
    }
}
