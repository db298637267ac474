package dev.nereid.models.operators.training;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;

/** The list of the operators of models that train. */
public final class TrainingOperators {
    private static final String INTERNAL = "dev.nereid";
    private static final String PREVIEW = "ai.onnx.preview.training";

    private TrainingOperators() {}

    /** Every training operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                loss(Entry.of("NegativeLogLikelihoodLoss", 12, new NegativeLogLikelihoodLoss())),
                loss(Entry.of("SoftmaxCrossEntropyLoss", 12, new SoftmaxCrossEntropyLoss())),
                optimizer("Adagrad", UpdateRule.ADAGRAD),
                optimizer("Adam", UpdateRule.ADAM),
                optimizer("Momentum", UpdateRule.MOMENTUM),
                Entry.of(PREVIEW, "Gradient", 1, new Gradient())
                        .noting("in the main graph alone, of the tensors that are its inputs, and through elementwise "
                                + "operators"),
                Entry.of(INTERNAL, "OnesLike", 1, new OnesLike()),
                Entry.of(INTERNAL, "SumTo", 1, new SumTo()));
    }

    private static Entry loss(Entry entry) {
        return entry.taking(DataTypes.FLOATS)
                .taking(ClassLoss.TARGET, DataTypes.INDICES)
                .taking(ClassLoss.WEIGHT, DataTypes.FLOATS);
    }

    private static Entry optimizer(String name, UpdateRule rule) {
        return Entry.of(PREVIEW, name, 1, new OptimizerStep(rule))
                .taking(Set.of(DataType.FP32, DataType.FP64))
                .taking(1, Set.of(DataType.INT64))
                .taking(2, Set.of(DataType.FP32, DataType.FP64));
    }
}
