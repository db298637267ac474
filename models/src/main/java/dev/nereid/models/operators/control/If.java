package dev.nereid.models.operators.control;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Body;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.BodyOperator;
import dev.nereid.models.operators.Types;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** ONNX If: the outputs of {@code then_branch} where the condition, one element, is true; else of {@code else_branch}. */
final class If implements BodyOperator {
    private static final String THEN = "then_branch";
    private static final String ELSE = "else_branch";

    @Override
    public List<ValueType> outputTypes(Inference in) {
        Scalars.require(in.valueType(0), DataType.BOOL, "the condition");
        List<ValueType> captured = Captured.of(in).types(in);
        List<ValueType> then = in.bodyTypes(branch(in, THEN), captured);
        List<ValueType> otherwise = in.bodyTypes(branch(in, ELSE), captured);
        if (then.size() != otherwise.size() || then.size() < in.node().outputs().size()) {
            throw new ModelFormatException("the branches have " + then.size() + " and " + otherwise.size()
                    + " outputs, the node " + in.node().outputs().size());
        }
        List<ValueType> types = new ArrayList<>();
        for (int i = 0; i < then.size(); i++) {
            types.add(Types.join(then.get(i), otherwise.get(i), "output " + i, in::unknownDim));
        }
        return types;
    }

    @Override
    public Map<String, List<ValueType>> bodyInputs(Inference in) {
        List<ValueType> captured = Captured.of(in).types(in);
        return Map.of(THEN, captured, ELSE, captured);
    }

    @Override
    public void lower(Lowering lowering) {
        Captured captured = Captured.of(lowering);
        List<ValueType> types = captured.types(lowering);
        Body then = lowering.body(branch(lowering, THEN), types);
        Body otherwise = lowering.body(branch(lowering, ELSE), types);
        int outputs = lowering.node().outputs().size();
        lowering.stepPutting(run -> {
            boolean condition = Scalars.condition(run.input(0), "the condition");
            List<RunValue> results = run.run(condition ? then : otherwise, captured.values(run));
            for (int i = 0; i < outputs; i++) {
                if (run.wants(i)) {
                    run.put(i, results.get(i));
                }
            }
        });
    }

    private static Graph branch(Inference in, String name) {
        return in.attributes()
                .graph(name)
                .orElseThrow(() -> new ModelFormatException("attribute '" + name + "' is missing"));
    }
}
