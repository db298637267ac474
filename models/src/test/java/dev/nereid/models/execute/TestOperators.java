package dev.nereid.models.execute;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Operators of a few lines, for tests of the engine itself. */
final class TestOperators {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private TestOperators() {}

    /** How often the types of an Even have been inferred. */
    static int inferencesOfEven() {
        return Even.inferences;
    }

    static OperatorSet set() {
        return new OperatorSet(List.of(
                OperatorSet.Entry.of("Twice", 1, new Twice()),
                OperatorSet.Entry.of("Sum", 1, new Sum()),
                OperatorSet.Entry.of("Even", 1, new Even()),
                OperatorSet.Entry.of("Flat", 1, new Flat()),
                OperatorSet.Entry.of("Positive", 1, new Positive())));
    }

    /** y = 2 x, in place where that is allowed. */
    private static final class Twice implements Operator {
        @Override
        public List<TensorType> outputTypes(Inference inference) {
            return List.of(inference.type(0));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.stepInPlace(0, run -> {
                MemorySegment x = run.input(0).segment();
                MemorySegment y = run.output(0).segment();
                for (int i = 0; i < run.input(0).shape().elements(); i++) {
                    y.setAtIndex(FLOAT, i, 2 * x.getAtIndex(FLOAT, i));
                }
            });
        }
    }

    /** z = x + y, of equal shapes. */
    private static final class Sum implements Operator {
        @Override
        public List<TensorType> outputTypes(Inference inference) {
            return List.of(inference.type(0));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.step(run -> {
                MemorySegment z = run.output(0).segment();
                for (int i = 0; i < run.input(0).shape().elements(); i++) {
                    z.setAtIndex(
                            FLOAT,
                            i,
                            run.input(0).segment().getAtIndex(FLOAT, i)
                                    + run.input(1).segment().getAtIndex(FLOAT, i));
                }
            });
        }
    }

    /** y = x, of an even number of elements, which the kernel does not ask for. */
    private static final class Even implements Operator {
        private static int inferences;

        @Override
        public List<TensorType> outputTypes(Inference inference) {
            inferences++;
            Dim elements = Dim.product(inference.type(0).dims().orElseThrow());
            if (elements.isKnown() && elements.value() % 2 != 0) {
                throw new ModelFormatException("expected an even number of elements, got " + inference.type(0));
            }
            return List.of(inference.type(0));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.step(run -> run.output(0).segment().copyFrom(run.input(0).segment()));
        }
    }

    /** The same elements in one axis, without a copy. */
    private static final class Flat implements Operator {
        @Override
        public List<TensorType> outputTypes(Inference inference) {
            Dim elements = Dim.product(inference.type(0).dims().orElseThrow());
            return List.of(TensorType.of(inference.type(0).dataType(), List.of(elements)));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.alias(0, 0);
        }
    }

    /** The positive elements, whose number only the run knows. */
    private static final class Positive implements Operator {
        @Override
        public List<TensorType> outputTypes(Inference inference) {
            return List.of(TensorType.of(DataType.FP32, List.of(inference.unknownDim())));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.step(run -> {
                MemorySegment x = run.input(0).segment();
                int length = (int) run.input(0).shape().elements();
                int count = 0;
                for (int i = 0; i < length; i++) {
                    count += x.getAtIndex(FLOAT, i) > 0 ? 1 : 0;
                }
                MemorySegment y = run.allocate(0, Shape.of(count)).segment();
                for (int i = 0, next = 0; i < length; i++) {
                    if (x.getAtIndex(FLOAT, i) > 0) {
                        y.setAtIndex(FLOAT, next++, x.getAtIndex(FLOAT, i));
                    }
                }
            });
        }
    }
}
