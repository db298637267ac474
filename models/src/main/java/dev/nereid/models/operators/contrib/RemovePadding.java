package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * com.microsoft.RemovePadding: the tokens of all items one after the other, without those that only fill an item up.
 *
 * <p>Inputs: x: [batch, tokens, size]; the number of tokens of each item: [batch]. Outputs, {@code INT32} but the first: y:
 * [all tokens, size]; the places of all tokens in x, then those of the padding: [batch, tokens]; the tokens before each
 * item, and of all: [batch + 1]; the most tokens of an item: [1].
 */
final class RemovePadding implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (x.hasRank() && x.rank() != 3) {
            throw new ModelFormatException("input 0: expected a tensor of rank 3, got " + x);
        }
        Dim batch = x.hasRank() ? x.dim(0) : inference.unknownDim();
        Dim tokens = x.hasRank() ? x.dim(1) : inference.unknownDim();
        Dim size = x.hasRank() ? x.dim(2) : inference.unknownDim();
        return List.of(
                TensorType.of(x.dataType(), List.of(inference.unknownDim(), size)),
                TensorType.of(DataType.INT32, List.of(batch, tokens)),
                TensorType.of(DataType.INT32, List.of(batch.plus(1))),
                TensorType.of(DataType.INT32, List.of(Dim.of(1))));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(RemovePadding::remove);
    }

    private static void remove(StepRun run) {
        Tensor x = run.input(0);
        int batch = Math.toIntExact(x.shape().dim(0));
        int tokens = Math.toIntExact(x.shape().dim(1));
        long[] counts = IntegerTensors.read(run.input(1)).orElseThrow();
        if (counts.length != batch) {
            throw new IllegalArgumentException(
                    "input 1: expected a number for each of " + batch + " items, got " + counts.length);
        }
        int[] before = new int[batch + 1];
        int most = 0;
        for (int item = 0; item < batch; item++) {
            if (counts[item] < 0 || counts[item] > tokens) {
                throw new IllegalArgumentException("input 1: expected 0 to " + tokens + " tokens, got " + counts[item]);
            }
            before[item + 1] = before[item] + (int) counts[item];
            most = Math.max(most, (int) counts[item]);
        }
        int all = before[batch];
        int[] places = new int[batch * tokens];
        int padding = all;
        for (int place = 0; place < places.length; place++) {
            int item = place / tokens;
            boolean real = place % tokens < counts[item];
            places[real ? before[item] + place % tokens : padding++] = place;
        }
        long bytes = x.shape().dim(2) * x.dataType().bytes();
        Tensor y = run.wants(0) ? run.allocate(0, Shape.of(all, x.shape().dim(2))) : x;
        for (int token = 0; run.wants(0) && token < all; token++) {
            MemorySegment.copy(x.segment(), places[token] * bytes, y.segment(), token * bytes, bytes);
        }
        write(run, 1, places);
        write(run, 2, before);
        write(run, 3, new int[] {most});
    }

    private static void write(StepRun run, int output, int[] numbers) {
        if (run.wants(output)) {
            MemorySegment.copy(
                    numbers, 0, run.output(output).segment(), ValueLayout.JAVA_INT_UNALIGNED, 0, numbers.length);
        }
    }
}
