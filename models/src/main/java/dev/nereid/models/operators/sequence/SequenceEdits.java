package dev.nereid.models.operators.sequence;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.Types;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The ONNX operators that make a sequence, change one, or look into one. */
final class SequenceEdits {
    /** ONNX SequenceEmpty: no elements, of the datatype {@code dtype}. */
    static final Operator EMPTY = new Rule(SequenceEdits::empty, run -> put(run, List.of()));
    /** ONNX SequenceConstruct: the inputs, in order. */
    static final Operator CONSTRUCT = new Construct();
    /** ONNX SequenceInsert: with the tensor at a position, or else at the end. */
    static final Operator INSERT = new Rule(SequenceEdits::inserted, SequenceEdits::insert);
    /** ONNX SequenceErase: without the element at a position, or else the last one. */
    static final Operator ERASE = new Rule(SequenceEdits::erased, SequenceEdits::erase);
    /** ONNX SequenceAt: the element at a position. */
    static final Operator AT = new Rule(SequenceEdits::elementAt, SequenceEdits::at);
    /** ONNX SequenceLength: the number of elements, a scalar. */
    static final Operator LENGTH = new Rule(SequenceEdits::count, SequenceEdits::length);

    @FunctionalInterface
    private interface Type {
        ValueType output(Inference in);
    }

    private record Rule(Type type, StepKernel kernel) implements Operator {
        @Override
        public List<ValueType> outputTypes(Inference in) {
            return List.of(type.output(in));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.stepPutting(kernel);
        }
    }

    private static final class Construct implements Operator {
        @Override
        public List<ValueType> outputTypes(Inference in) {
            if (in.inputs() == 0) {
                throw new ModelFormatException("expected one input at least");
            }
            ValueType element = in.type(0);
            for (int i = 1; i < in.inputs(); i++) {
                element = Types.join(element, in.type(i), "an element", in::unknownDim);
            }
            return List.of(new SequenceType(element));
        }

        @Override
        public void lower(Lowering lowering) {
            int inputs = lowering.inputs();
            lowering.stepPutting(run -> {
                List<RunValue> elements = new ArrayList<>();
                for (int i = 0; i < inputs; i++) {
                    elements.add(run.value(i));
                }
                put(run, elements);
            });
        }
    }

    private SequenceEdits() {}

    private static ValueType empty(Inference in) {
        long number = in.attributes().integer("dtype", OnnxTypes.number(DataType.FP32));
        return new SequenceType(TensorType.ofUnknownRank(OnnxTypes.dataType(number)));
    }

    private static ValueType inserted(Inference in) {
        Sequences.requirePosition(in, 2);
        return new SequenceType(Types.join(Sequences.type(in, 0).element(), in.type(1), "an element", in::unknownDim));
    }

    private static void insert(StepRun run) {
        List<RunValue> elements = new ArrayList<>(run.value(0).elements());
        int position = run.has(2) ? Sequences.insertion(run, 2, elements.size()) : elements.size();
        elements.add(position, run.value(1));
        put(run, elements);
    }

    private static ValueType erased(Inference in) {
        Sequences.requirePosition(in, 1);
        return Sequences.type(in, 0);
    }

    private static void erase(StepRun run) {
        List<RunValue> elements = new ArrayList<>(run.value(0).elements());
        if (elements.isEmpty()) {
            throw new IllegalArgumentException("an empty sequence has nothing to erase");
        }
        elements.remove(run.has(1) ? Sequences.position(run, 1, elements.size()) : elements.size() - 1);
        put(run, elements);
    }

    private static ValueType elementAt(Inference in) {
        Sequences.requirePosition(in, 1);
        return Sequences.taken(in, Sequences.type(in, 0).element());
    }

    private static void at(StepRun run) {
        List<RunValue> elements = run.value(0).elements();
        run.put(0, elements.get(Sequences.position(run, 1, elements.size())));
    }

    private static ValueType count(Inference in) {
        Sequences.type(in, 0);
        return TensorType.of(DataType.INT64, Shape.SCALAR);
    }

    private static void length(StepRun run) {
        int count = run.value(0).elements().size();
        run.output(0).segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 0, count);
    }

    private static void put(StepRun run, List<RunValue> elements) {
        run.put(0, new RunValue.OfSequence(elements));
    }
}
