package dev.nereid.models.operators.sequence;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.OptionalType;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/** The ONNX operators on optionals. From opset 18 on two of them take a plain value too: one that is there. */
final class Optionals {
    /** ONNX Optional: an optional holding the input, or an empty one of the type {@code type}. */
    static final Operator MAKE = new Make();
    /** ONNX OptionalHasElement: a scalar, whether there is a value. */
    static final Operator HAS_ELEMENT = new HasElement();
    /** ONNX OptionalGetElement: the value that is there. */
    static final Operator GET_ELEMENT = new GetElement();

    private static final int PLAIN_VALUES = 18;

    private Optionals() {}

    private static final class Make implements Operator {
        @Override
        public List<ValueType> outputTypes(Inference in) {
            if (in.has(0)) {
                return List.of(new OptionalType(in.valueType(0)));
            }
            return List.of(new OptionalType(in.attributes()
                    .type("type")
                    .orElseThrow(() -> new ModelFormatException("attribute 'type' is missing, and so is the input"))));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.stepPutting(run ->
                    run.put(0, new RunValue.OfOptional(run.has(0) ? Optional.of(run.value(0)) : Optional.empty())));
        }
    }

    private static final class HasElement implements Operator {
        @Override
        public List<ValueType> outputTypes(Inference in) {
            if (in.opset() < PLAIN_VALUES) {
                requireOptional(in);
            }
            return List.of(TensorType.of(DataType.BOOL, Shape.SCALAR));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.stepPutting(run -> {
                boolean there = run.has(0)
                        && (!(run.value(0) instanceof RunValue.OfOptional optional)
                                || optional.element().isPresent());
                run.output(0).segment().set(ValueLayout.JAVA_BYTE, 0, (byte) (there ? 1 : 0));
            });
        }
    }

    private static final class GetElement implements Operator {
        @Override
        public List<ValueType> outputTypes(Inference in) {
            if (in.valueType(0) instanceof OptionalType(ValueType element)) {
                return List.of(element);
            }
            if (in.opset() < PLAIN_VALUES) {
                requireOptional(in);
            }
            return List.of(in.valueType(0));
        }

        @Override
        public void lower(Lowering lowering) {
            if (lowering.valueType(0) instanceof OptionalType) {
                lowering.stepPutting(GetElement::get);
            } else {
                lowering.alias(0, 0);
            }
        }

        private static void get(StepRun run) {
            RunValue value = run.value(0);
            run.put(
                    0,
                    value instanceof RunValue.OfOptional optional
                            ? optional.element()
                                    .orElseThrow(() -> new IllegalArgumentException("the optional has no value"))
                            : value);
        }
    }

    private static void requireOptional(Inference in) {
        if (!in.has(0) || !(in.valueType(0) instanceof OptionalType)) {
            throw new ModelFormatException(
                    "input 0: expected an optional, got " + (in.has(0) ? in.valueType(0) : "nothing"));
        }
    }
}
