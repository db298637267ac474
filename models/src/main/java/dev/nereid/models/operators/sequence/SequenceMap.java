package dev.nereid.models.operators.sequence;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.SubgraphOperator;
import dev.nereid.models.operators.control.CapturedInputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * ONNX SequenceMap: sequences of what {@code body} gives for each element of the first sequence, with the elements at
 * the same place of further sequences and with further tensors as they are.
 */
final class SequenceMap implements SubgraphOperator {
    private static final String BODY = "body";

    @Override
    public List<ValueType> outputTypes(Inference in) {
        List<ValueType> types = new ArrayList<>();
        in.bodyTypes(body(in), inputs(in)).forEach(element -> types.add(new SequenceType(element)));
        if (types.size() < in.node().outputs().size()) {
            throw new ModelFormatException("the body has " + types.size() + " outputs, the node "
                    + in.node().outputs().size());
        }
        return types;
    }

    @Override
    public Map<String, List<ValueType>> bodyInputs(Inference in) {
        return Map.of(BODY, inputs(in));
    }

    @Override
    public void lower(Lowering lowering) {
        CapturedInputs captured = CapturedInputs.of(lowering);
        Subgraph body = lowering.body(body(lowering), inputs(lowering));
        int outputs = lowering.node().outputs().size();
        lowering.stepPutting(run -> map(run, body, captured, outputs));
    }

    private static void map(StepRun run, Subgraph body, CapturedInputs captured, int outputs) {
        List<List<RunValue>> results = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            results.add(new ArrayList<>());
        }
        int length = run.value(0).elements().size();
        for (int place = 0; place < length; place++) {
            List<RunValue> inputs = new ArrayList<>();
            for (int i = 0; i < captured.own(); i++) {
                inputs.add(at(run.value(i), i, place, length));
            }
            inputs.addAll(captured.values(run));
            List<RunValue> given = run.run(body, inputs);
            for (int i = 0; i < outputs; i++) {
                if (run.wants(i)) {
                    results.get(i).add(run.keep(given.get(i)));
                }
            }
        }
        for (int i = 0; i < outputs; i++) {
            if (run.wants(i)) {
                run.put(i, new RunValue.OfSequence(results.get(i)));
            }
        }
    }

    private static RunValue at(RunValue value, int input, int place, int length) {
        if (!(value instanceof RunValue.OfSequence(List<RunValue> elements))) {
            return value;
        }
        if (elements.size() != length) {
            throw new IllegalArgumentException(
                    "input " + input + ": expected a sequence of " + length + " elements, got " + elements.size());
        }
        return elements.get(place);
    }

    private static List<ValueType> inputs(Inference in) {
        Sequences.type(in, 0);
        CapturedInputs captured = CapturedInputs.of(in);
        List<ValueType> inputs = new ArrayList<>();
        for (int i = 0; i < captured.own(); i++) {
            ValueType type = in.valueType(i);
            inputs.add(type instanceof SequenceType(ValueType element) ? Sequences.taken(in, element) : type);
        }
        inputs.addAll(captured.types(in));
        return inputs;
    }

    private static Graph body(Inference in) {
        return in.attributes()
                .graph(BODY)
                .orElseThrow(() -> new ModelFormatException("attribute '" + BODY + "' is missing"));
    }
}
