package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.aten.TensorReference;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A loop of which only a run knows how often it runs: its body is written into the graph of a node Loop. What the body
 * changes are the loop's states: variables that were there before it, and tensors that it writes in place.
 */
final class Loops {
    private static final int MOST_ATTEMPTS = 6;

    private final Evaluation evaluation;

    Loops(Evaluation evaluation) {
        this.evaluation = evaluation;
    }

    /** What is run for each iteration, with its number as an INT64 of shape []; the condition to go on after it. */
    private interface Body {
        Argument run(Value iteration);
    }

    /** {@code for} over a range of {@code count} numbers. */
    void counted(ScriptStatement.For loop, Argument count, Argument start, Argument step) {
        requireNoReturn(loop);
        Body body = iteration -> {
            Argument number = new Argument.OfSymbolicInteger(evaluation
                    .graph()
                    .node("Reshape", iteration, evaluation.graph().integers(1)));
            Argument scaled = evaluation.numbers.calculate("mul", number, step);
            evaluation.statements.assign(
                    loop.target(), new ScriptValue.Plain(evaluation.numbers.calculate("add", scaled, start)));
            evaluation.statements.run(loop.body());
            return Argument.of(true);
        };
        run(body, Optional.of(evaluation.graph().integer(count)), Optional.empty(), loop.body());
    }

    /** {@code while}; {@code first} is the condition before the loop. */
    void conditional(ScriptStatement.While loop, Argument first) {
        requireNoReturn(loop);
        Body body = _ -> {
            evaluation.statements.run(loop.body());
            return evaluation.numbers.truth(evaluation.expressions.value(loop.condition()));
        };
        run(body, Optional.empty(), Optional.of(evaluation.numbers.truthValue(first)), loop.body());
    }

    private static void requireNoReturn(ScriptStatement loop) {
        if (Statements.mayReturn(loop)) {
            throw new ModelFormatException("a loop of which only a run knows how often it runs has a return in it");
        }
    }

    /** One attempt: what the body gives when its states have certain types. */
    private record Attempt(AtenGraph graph, List<LoopState> states, List<Value> outputs, Value goOn, Mutables after) {}

    private void run(Body body, Optional<Value> count, Optional<Value> first, List<ScriptStatement> block) {
        Mutables before = Mutables.of(evaluation);
        List<LoopState> states = new ArrayList<>();
        int frame = evaluation.frames().size() - 1;
        TreeSet<String> assigned = new TreeSet<>();
        block.forEach(statement -> LoopState.collectAssigned(statement, assigned));
        for (String name : assigned) {
            ScriptValue value = before.variables.get(frame).get(name);
            if (value != null) {
                states.addAll(LoopState.ofVariable(name, value, evaluation));
            }
        }
        List<TensorType> types = new ArrayList<>();
        states.forEach(state -> types.add(evaluation.graph().type(state.initial())));
        for (int i = 0; i < MOST_ATTEMPTS; i++) {
            Attempt attempt = attempt(body, before, states, types);
            boolean more = addWritten(attempt, before, states, types);
            if (!more && settle(attempt, types, i)) {
                finish(attempt, count, first);
                return;
            }
        }
        throw new ModelFormatException("the shapes of what a loop changes do not settle");
    }

    private Attempt attempt(Body body, Mutables before, List<LoopState> states, List<TensorType> types) {
        AtenGraph graph = evaluation.enterGraph();
        Value iteration = graph.input("iteration", TensorType.of(DataType.INT64, List.of()));
        graph.input("condition", TensorType.of(DataType.BOOL, List.of()));
        List<Value> inputs = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            inputs.add(graph.input("state_" + i, types.get(i)));
        }
        LoopState.put(states, inputs, evaluation);
        Value goOn = evaluation.numbers.truthValue(body.run(iteration));
        List<Value> outputs = new ArrayList<>();
        states.forEach(state -> outputs.add(state.current(evaluation)));
        Mutables after = Mutables.of(evaluation);
        evaluation.leaveGraph();
        before.restore(evaluation);
        return new Attempt(graph, states, outputs, goOn, after);
    }

    /** Adds states for tensors that the body has written; whether there are any new ones. */
    private boolean addWritten(Attempt attempt, Mutables before, List<LoopState> states, List<TensorType> types) {
        boolean added = false;
        for (Map.Entry<TensorReference, Value> entry : before.tensors.entrySet()) {
            Value after = attempt.after().tensors.getOrDefault(entry.getKey(), entry.getValue());
            boolean known = states.stream().anyMatch(state -> state.isOf(entry.getKey()));
            if (!known && !after.equals(entry.getValue())) {
                states.add(LoopState.ofTensor(entry.getKey(), entry.getValue()));
                types.add(evaluation.graph().type(entry.getValue()));
                added = true;
            }
        }
        before.lists.forEach((list, items) -> {
            if (attempt.after().lists.getOrDefault(list, items).size() != items.size()) {
                throw new ModelFormatException("a list grows in a loop of which only a run knows how often it runs");
            }
        });
        return added;
    }

    /** Whether the body gives each state the type that it takes; makes the types more general where it does not. */
    private static boolean settle(Attempt attempt, List<TensorType> types, int round) {
        boolean settled = true;
        for (int i = 0; i < types.size(); i++) {
            TensorType given = attempt.graph().type(attempt.outputs().get(i));
            TensorType taken = types.get(i);
            if (given.dataType() != taken.dataType()) {
                throw new ModelFormatException("a loop changes a variable from " + taken + " to " + given);
            }
            TensorType joined = joined(taken, given, "loop_" + round + "_" + i + "_");
            settled &= joined.equals(taken);
            types.set(i, joined);
        }
        return settled;
    }

    private static TensorType joined(TensorType taken, TensorType given, String symbols) {
        if (!taken.hasRank() || !given.hasRank() || taken.rank() != given.rank()) {
            return TensorType.ofUnknownRank(taken.dataType());
        }
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < taken.rank(); axis++) {
            Dim dim = taken.dim(axis);
            dims.add(dim.equals(given.dim(axis)) ? dim : Dim.symbol(symbols + axis));
        }
        return TensorType.of(taken.dataType(), dims);
    }

    private void finish(Attempt attempt, Optional<Value> count, Optional<Value> first) {
        List<Value> outputs = new ArrayList<>(List.of(attempt.goOn()));
        outputs.addAll(attempt.outputs());
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(count);
        inputs.add(first);
        attempt.states().forEach(state -> inputs.add(Optional.of(state.initial())));
        List<Value> last = evaluation
                .graph()
                .nodes(
                        "",
                        "Loop",
                        attempt.states().size(),
                        new Attributes(Map.of("body", attempt.graph().subgraph(outputs))),
                        inputs);
        LoopState.put(attempt.states(), last, evaluation);
    }
}
