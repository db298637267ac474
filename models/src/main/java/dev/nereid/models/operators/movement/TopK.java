package dev.nereid.models.operators.movement;

import dev.nereid.kernels.reduce.TopKKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ONNX TopK: the k largest (or smallest) elements along an axis in order, and where they were. Of equal ones the first
 * comes first. An attribute in opset 1, an input since 10.
 */
public final class TopK implements Operator {
    private static final int K = 1;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()), TensorType.ofUnknownRank(DataType.INT64));
        }
        int axis = AxisArguments.of(in.attributes().integer("axis", -1), x.rank());
        Optional<Dim> k = in.has(K)
                ? in.content(K).map(content -> content.get(0))
                : in.attributes().integer("k").map(Dim::of);
        if (k.isPresent() && k.get().isKnown() && x.dim(axis).isKnown()) {
            if (k.get().value() < 0 || k.get().value() > x.dim(axis).value()) {
                throw new ModelFormatException("k is " + k.get() + " along an axis of " + x.dim(axis));
            }
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.set(axis, k.orElseGet(in::unknownDim));
        return List.of(TensorType.of(x.dataType(), dims), TensorType.of(DataType.INT64, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        long axis = lowering.attributes().integer("axis", -1);
        boolean largest = lowering.attributes().integer("largest", 1) != 0;
        TopKKernel kernel =
                lowering.kernels().reduce().topK(largest, lowering.type(0).dataType());
        // Who asks for one output only still needs the shape of the other.
        int shaped = lowering.wants(0) ? 0 : 1;
        lowering.step(run -> {
            Tensor x = run.input(0);
            topK(run, AxisArguments.of(axis, x.shape().rank()), shaped, kernel);
        });
    }

    private static void topK(StepRun run, int axis, int shaped, TopKKernel kernel) {
        Tensor x = run.input(0);
        Shape shape = run.output(shaped).shape();
        int length = Math.toIntExact(x.shape().dim(axis));
        int inner = Math.toIntExact(x.shape().elements(axis + 1, x.shape().rank()));
        int k = Math.toIntExact(shape.dim(axis));
        if (k > length) {
            throw new IllegalArgumentException("k is " + k + " along an axis of " + length);
        }
        int outer = Math.toIntExact(x.shape().elements(0, axis));
        long bytes = x.dataType().bytes();
        MemorySegment y = run.wants(0) ? run.output(0).segment() : run.scratch(bytes * shape.elements());
        MemorySegment indices = run.wants(1) ? run.output(1).segment() : run.scratch(Long.BYTES * shape.elements());
        boolean many = x.shape().elements() > Parallel.elements(x.dataType());
        int tasks = many ? Math.min(run.workers().count(), outer) : 1;
        List<MemorySegment> scratch = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            scratch.add(run.scratch(kernel.scratchBytes(length, k)));
        }
        run.workers().run(tasks, task -> {
            long from = (long) outer * task / tasks;
            int rows = Math.toIntExact((long) outer * (task + 1) / tasks - from);
            long results = from * k * inner;
            kernel.run(
                    x.segment(),
                    bytes * from * length * inner,
                    y,
                    bytes * results,
                    indices,
                    Long.BYTES * results,
                    rows,
                    length,
                    inner,
                    k,
                    scratch.get(task));
        });
    }
}
