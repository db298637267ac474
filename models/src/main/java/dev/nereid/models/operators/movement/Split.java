package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Split: parts of the input along {@code axis}, of the given lengths or else of equal ones. From opset 18 on the
 * last of equal parts may be shorter. The lengths are an attribute before opset 13 (an input too in opset 1, of floats if x is).
 */
public final class Split implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        int parts = in.node().outputs().size();
        long stated = in.attributes().integer("num_outputs", parts);
        if (stated != parts) {
            throw new ModelFormatException(
                    "num_outputs: expected the " + parts + " outputs of the node, got " + stated);
        }
        List<TensorType> types = new ArrayList<>();
        if (!x.hasRank()) {
            for (int i = 0; i < parts; i++) {
                types.add(TensorType.ofUnknownRank(x.dataType()));
            }
            return types;
        }
        int axis = AxisArguments.of(in.attributes().integer("axis", 0), x.rank());
        List<Dim> lengths = lengths(in, x.dim(axis), parts);
        for (int i = 0; i < parts; i++) {
            List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
            dims.set(axis, lengths.get(i));
            types.add(TensorType.of(x.dataType(), dims));
        }
        return types;
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Inference in = lowering;
        int parts = lowering.node().outputs().size();
        Optional<long[]> attribute = lowering.attributes().integers("split");
        lowering.step(run -> {
            int axis = AxisArguments.of(
                    in.attributes().integer("axis", 0), run.input(0).shape().rank());
            long extent = run.input(0).shape().dim(axis);
            long[] lengths = run.has(1)
                    ? AxisArguments.wholeNumbers(run.input(1))
                    : attribute.orElseGet(() -> equal(in, extent, parts));
            split(run, axis, lengths, elements);
        });
    }

    private static void split(StepRun run, int axis, long[] lengths, ElementMover elements) {
        Tensor x = run.input(0);
        long outer = x.shape().elements(0, axis);
        long inner = x.shape().elements(axis + 1, x.shape().rank());
        long row = x.shape().dim(axis) * inner;
        if (Arrays.stream(lengths).sum() != x.shape().dim(axis)) {
            throw new IllegalArgumentException("parts of the lengths " + Arrays.toString(lengths)
                    + " do not make up axis " + axis + " of the shape " + x.shape());
        }
        long offset = 0;
        for (int i = 0; i < lengths.length; i++) {
            long length = lengths[i] * inner;
            if (run.wants(i)) {
                elements.copy(
                        new long[] {outer, length},
                        x,
                        offset,
                        new long[] {row, 1},
                        run.output(i),
                        0,
                        new long[] {length, 1},
                        run.workers());
            }
            offset += length;
        }
    }

    private static List<Dim> lengths(Inference in, Dim extent, int parts) {
        Optional<List<Dim>> given = in.has(1)
                ? AxisArguments.wholeNumbers(in, 1)
                : in.attributes()
                        .integers("split")
                        .map(l -> Arrays.stream(l).mapToObj(Dim::of).toList());
        if (given.isPresent()) {
            if (given.get().size() != parts) {
                throw new ModelFormatException(given.get().size() + " lengths for " + parts + " outputs");
            }
            Dim sum = given.get().stream().reduce(Dim.of(0), Dim::plus);
            if (sum.differsFrom(extent)) {
                throw new ModelFormatException("the parts " + given.get() + " do not make up an axis of " + extent);
            }
            return given.get();
        }
        if (in.has(1)) {
            return AxisArguments.unknown(in, parts);
        }
        if (extent.isKnown()) {
            return Arrays.stream(equal(in, extent.value(), parts))
                    .mapToObj(Dim::of)
                    .toList();
        }
        Dim length = in.opset() >= 18 ? extent.ceilDivide(Dim.of(parts)) : extent.floorDivide(Dim.of(parts));
        List<Dim> lengths = new ArrayList<>();
        for (int i = 0; i < parts - 1; i++) {
            lengths.add(length);
        }
        lengths.add(extent.minus(length.times(parts - 1L)));
        return lengths;
    }

    private static long[] equal(Inference in, long extent, int parts) {
        long length = in.opset() >= 18 ? Math.ceilDiv(extent, parts) : extent / parts;
        long[] lengths = new long[parts];
        Arrays.fill(lengths, length);
        lengths[parts - 1] = extent - length * (parts - 1);
        if (lengths[parts - 1] < 0 || (in.opset() < 18 && lengths[parts - 1] != length)) {
            throw new ModelFormatException("an axis of " + extent + " cannot be split into " + parts + " parts");
        }
        return lengths;
    }
}
