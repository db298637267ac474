package dev.nereid.models.operators.control;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.SubgraphOperator;
import dev.nereid.models.operators.Types;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** ONNX If: the outputs of {@code then_branch} where the condition, one element, is true; else of {@code else_branch}. */
final class If implements SubgraphOperator {
    private static final String THEN = "then_branch";
    private static final String ELSE = "else_branch";

    @Override
    public List<ValueType> outputTypes(Inference in) {
        LoopScalars.require(in.valueType(0), DataType.BOOL, "the condition");
        List<ValueType> captured = CapturedInputs.of(in).types(in);
        Branch first = Branch.of(in, branch(in, THEN), captured);
        Branch second = Branch.of(in, branch(in, ELSE), captured);
        if (first.problem().isPresent() && second.problem().isPresent()) {
            throw first.problem().get();
        }
        List<ValueType> then = first.problem().isEmpty() ? first.types() : second.types();
        List<ValueType> otherwise = second.problem().isEmpty() ? second.types() : then;
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
        List<ValueType> captured = CapturedInputs.of(in).types(in);
        return Map.of(THEN, captured, ELSE, captured);
    }

    @Override
    public void lower(Lowering lowering) {
        CapturedInputs captured = CapturedInputs.of(lowering);
        List<ValueType> types = captured.types(lowering);
        Taken then = Taken.of(lowering, branch(lowering, THEN), types);
        Taken otherwise = Taken.of(lowering, branch(lowering, ELSE), types);
        int outputs = lowering.node().outputs().size();
        lowering.stepPutting(run -> {
            boolean condition = LoopScalars.condition(run.input(0), "the condition");
            Subgraph body = (condition ? then : otherwise).body();
            List<RunValue> results = run.run(body, captured.values(run));
            for (int i = 0; i < outputs; i++) {
                if (run.wants(i)) {
                    run.put(i, results.get(i));
                }
            }
        });
    }

    /**
     * What a branch gives. Models branch on what shapes they have, so that a branch need not suit the shapes with which
     * it is never taken: what is wrong with it is an error only in a run that takes it.
     */
    private record Branch(List<ValueType> types, Optional<ModelFormatException> problem) {
        static Branch of(Inference in, Graph graph, List<ValueType> captured) {
            try {
                return new Branch(in.bodyTypes(graph, captured), Optional.empty());
            } catch (ModelFormatException e) {
                return new Branch(List.of(), Optional.of(e));
            }
        }
    }

    /** A branch as it is run, or why it cannot be. */
    private record Taken(Optional<Subgraph> plan, String problem) {
        static Taken of(Lowering lowering, Graph graph, List<ValueType> captured) {
            try {
                return new Taken(Optional.of(lowering.body(graph, captured)), "");
            } catch (ModelFormatException e) {
                return new Taken(Optional.empty(), "the branch that is taken cannot be run: " + e.getMessage());
            }
        }

        Subgraph body() {
            return plan.orElseThrow(() -> new IllegalArgumentException(problem));
        }
    }

    private static Graph branch(Inference in, String name) {
        return in.attributes()
                .graph(name)
                .orElseThrow(() -> new ModelFormatException("attribute '" + name + "' is missing"));
    }
}
