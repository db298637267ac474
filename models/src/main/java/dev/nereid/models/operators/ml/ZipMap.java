package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.MapType;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * ONNX ZipMap: the scores of each row under the labels of their classes. x: FP32 [rows, classes] or [classes]; y: a
 * sequence with a map a row, from STRING or INT64 to FP32.
 */
final class ZipMap implements Operator {
    @Override
    public List<? extends ValueType> outputTypes(Inference inference) {
        FeatureRows.rows(inference);
        ClassLabels labels = labels(inference);
        return List.of(new SequenceType(new MapType(labels.dataType(), TensorType.of(DataType.FP32, Shape.SCALAR))));
    }

    @Override
    public void lower(Lowering lowering) {
        ClassLabels labels = labels(lowering);
        lowering.stepPutting(run -> run.put(0, zip(run, labels)));
    }

    private static RunValue zip(StepRun run, ClassLabels labels) {
        Tensor x = run.input(0);
        int rows = FeatureRows.rows(x.shape());
        int classes = FeatureRows.features(x.shape());
        if (classes != labels.count()) {
            throw new IllegalArgumentException(
                    "input 0: expected a score for each of the " + labels.count() + " labels, got shape " + x.shape());
        }
        Tensor keys = run.allocate(labels.dataType(), Shape.of(classes));
        for (int i = 0; i < classes; i++) {
            labels.set(keys, i, i);
        }
        long rowBytes = 4L * classes;
        MemorySegment scores =
                run.allocate(DataType.FP32, Shape.of(rows, classes)).segment();
        MemorySegment.copy(x.segment(), 0, scores, 0, rows * rowBytes);
        List<RunValue> maps = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            MemorySegment values = scores.asSlice(row * rowBytes, rowBytes);
            maps.add(new RunValue.OfMap(keys, Tensor.of(DataType.FP32, Shape.of(classes), values)));
        }
        return new RunValue.OfSequence(maps);
    }

    private static ClassLabels labels(Inference inference) {
        ClassLabels labels = ClassLabels.of(inference.attributes(), "classlabels_int64s");
        if (!labels.areDifferent()) {
            throw new ModelFormatException("expected labels that differ from each other");
        }
        return labels;
    }
}
