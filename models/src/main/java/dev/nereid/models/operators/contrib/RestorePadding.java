package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * com.microsoft.RestorePadding: what {@link RemovePadding} took out comes back as zeros.
 *
 * <p>Inputs: x: [all tokens, size]; the places of the tokens, and behind them those of the padding: [batch, tokens].
 * Output: y: [batch, tokens, size].
 */
final class RestorePadding implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        TensorType places = inference.type(1);
        if ((x.hasRank() && x.rank() != 2) || (places.hasRank() && places.rank() != 2)) {
            throw new ModelFormatException("expected two tensors of rank 2, got " + x + " and " + places);
        }
        if (!x.hasRank() || !places.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        return List.of(TensorType.of(x.dataType(), List.of(places.dim(0), places.dim(1), x.dim(1))));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(RestorePadding::restore);
    }

    private static void restore(StepRun run) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        long[] places = IntegerTensors.read(run.input(1)).orElseThrow();
        long tokens = x.shape().dim(0);
        if (tokens > places.length) {
            throw new IllegalArgumentException(
                    "input 1: expected a place for each of " + tokens + " tokens, got " + places.length);
        }
        y.segment().asSlice(0, y.byteSize()).fill((byte) 0);
        long bytes = x.shape().dim(1) * x.dataType().bytes();
        for (int token = 0; token < tokens; token++) {
            if (places[token] < 0 || places[token] >= places.length) {
                throw new IllegalArgumentException(
                        "input 1: expected places below " + places.length + ", got " + places[token]);
            }
            MemorySegment.copy(x.segment(), token * bytes, y.segment(), places[token] * bytes, bytes);
        }
    }
}
