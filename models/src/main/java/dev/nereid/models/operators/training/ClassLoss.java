package dev.nereid.models.operators.training;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The loss of choosing among classes: at every position minus the logarithm of the probability of the target class,
 * times that class' weight.
 *
 * <p>Inputs of the operators: x: [batch, classes, d...]; target: [batch, d...]; weight, optional: [classes]. Loss:
 * [batch, d...], or a scalar where it is reduced.
 *
 * @param ignored the target of positions that do not count
 */
record ClassLoss(LossReduction reduction, Optional<Long> ignored) {
    static final int TARGET = 1;
    static final int WEIGHT = 2;

    /** The logarithms of the probabilities. */
    @FunctionalInterface
    interface LogProbabilities {
        /** That of element {@code index} of x, which belongs to position {@code position}, counted over the batch. */
        double at(long index, long position);
    }

    static ClassLoss of(Attributes attributes) {
        return new ClassLoss(LossReduction.of(attributes), attributes.integer("ignore_index"));
    }

    /** The type of the loss. */
    TensorType type(Inference inference) {
        TensorType x = inference.type(0);
        TensorType target = inference.type(TARGET);
        if (reduction != LossReduction.NONE) {
            check(x, target);
            return TensorType.of(x.dataType(), Shape.SCALAR);
        }
        if (!x.hasRank()) {
            return target.withDataType(x.dataType());
        }
        check(x, target);
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.remove(1);
        return TensorType.of(x.dataType(), dims);
    }

    private static void check(TensorType x, TensorType target) {
        if (x.hasRank() && (x.rank() < 2 || (target.hasRank() && target.rank() != x.rank() - 1))) {
            throw new ModelFormatException(
                    "expected x: [batch, classes, d...] and a target: [batch, d...], got " + x + " and " + target);
        }
    }

    /** Computes output 0. */
    void run(StepRun run, LogProbabilities logProbabilities) {
        Tensor target = run.input(TARGET);
        Shape x = run.input(0).shape();
        requireSizes(run, x, target);
        long classes = x.dim(1);
        long inner = x.elements(2, x.rank());
        double lossSum = 0;
        double weightSum = 0;
        for (long position = 0; position < target.shape().elements(); position++) {
            long chosen = ScalarElements.integer(target, position);
            double loss = 0;
            if (ignored.isEmpty() || ignored.get() != chosen) {
                requireClass(chosen, classes);
                double weight = run.has(WEIGHT) ? ScalarElements.real(run.input(WEIGHT), chosen) : 1;
                long index = (position / inner * classes + chosen) * inner + position % inner;
                loss = -weight * logProbabilities.at(index, position);
                weightSum += weight;
            }
            lossSum += loss;
            if (run.wants(0) && reduction == LossReduction.NONE) {
                ScalarElements.setReal(run.output(0), position, loss);
            }
        }
        if (run.wants(0) && reduction != LossReduction.NONE) {
            ScalarElements.setReal(run.output(0), 0, reduction == LossReduction.SUM ? lossSum : lossSum / weightSum);
        }
    }

    private static void requireSizes(StepRun run, Shape x, Tensor target) {
        long positions = x.dim(0) * x.elements(2, x.rank());
        if (target.shape().elements() != positions) {
            throw new IllegalArgumentException(
                    "expected a target for " + positions + " positions of x " + x + ", got " + target.shape());
        }
        if (run.has(WEIGHT) && run.input(WEIGHT).shape().elements() != x.dim(1)) {
            throw new IllegalArgumentException("expected a weight for " + x.dim(1) + " classes, got "
                    + run.input(WEIGHT).shape());
        }
    }

    private static void requireClass(long chosen, long classes) {
        if (chosen < 0 || chosen >= classes) {
            throw new IllegalArgumentException("target " + chosen + " is none of the classes 0 to " + (classes - 1));
        }
    }
}
