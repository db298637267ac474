package dev.nereid.models.operators.control;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.OptionalType;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.SubgraphOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * ONNX Loop: runs {@code body} at most {@code M} times and while its condition holds, both of which may be left out.
 * Body: (iteration, condition, states) -> (condition, states, scan outputs). Outputs: the last states, and each scan
 * output of all runs, stacked along a new first axis.
 */
final class Loop implements SubgraphOperator {
    private static final String BODY = "body";
    private static final int TRIPS = 0;
    private static final int CONDITION = 1;
    private static final int FIRST_STATE = 2;
    /** The iteration and the condition come before the states in the body's inputs. */
    private static final int BODY_STATE = 2;

    @Override
    public List<ValueType> outputTypes(Inference in) {
        LoopTypes loop = new LoopTypes(in);
        List<ValueType> states = states(in, loop);
        List<ValueType> given = loop.given();
        LoopScalars.require(given.getFirst(), DataType.BOOL, "the body's condition");
        List<ValueType> types = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            types.add(isHeld(states.get(i), given.get(1 + i)) ? element(states.get(i)) : states.get(i));
        }
        for (ValueType type : given.subList(1 + states.size(), given.size())) {
            TensorType element = loop.outside(type.asTensor("a scan output"));
            types.add(element.dims()
                    .map(dims -> TensorType.of(element.dataType(), stacked(in, dims)))
                    .orElse(element));
        }
        if (types.size() < in.node().outputs().size()) {
            throw new ModelFormatException("the body gives " + types.size() + " states and scan outputs, the node has "
                    + in.node().outputs().size() + " outputs");
        }
        return types;
    }

    /** Whether a state starts as an optional and is what that holds after a run. */
    private static boolean isHeld(ValueType state, ValueType given) {
        return state instanceof OptionalType && !(given instanceof OptionalType);
    }

    private static ValueType element(ValueType state) {
        return state instanceof OptionalType(ValueType element) ? element : state;
    }

    private static List<Dim> stacked(Inference in, List<Dim> element) {
        List<Dim> dims = new ArrayList<>();
        dims.add(in.unknownDim());
        dims.addAll(element);
        return dims;
    }

    @Override
    public Map<String, List<ValueType>> bodyInputs(Inference in) {
        return Map.of(BODY, inputs(in, states(in, new LoopTypes(in))));
    }

    @Override
    public void lower(Lowering lowering) {
        CapturedInputs captured = CapturedInputs.of(lowering);
        Graph graph = body(lowering);
        List<ValueType> inputs = inputs(lowering, states(lowering, new LoopTypes(lowering)));
        Subgraph body = lowering.body(graph, inputs);
        Shape iteration = inputs.get(0).asTensor("the iteration").shape().orElseThrow();
        Shape condition = inputs.get(1).asTensor("the condition").shape().orElseThrow();
        int states = Math.max(captured.own() - FIRST_STATE, 0);
        int scans = graph.outputs().size() - 1 - states;
        boolean hasTrips = captured.has(lowering, TRIPS);
        boolean hasCondition = captured.has(lowering, CONDITION);
        lowering.stepPutting(run -> {
            long trips = hasTrips ? LoopScalars.count(run.input(TRIPS), "the trip count") : Long.MAX_VALUE;
            boolean goOn = !hasCondition || LoopScalars.condition(run.input(CONDITION), "the condition");
            new Iterations(run, body, captured, iteration, condition, states, scans, trips).run(goOn);
        });
    }

    /** One run of the node. */
    private static final class Iterations {
        private final StepRun run;
        private final Subgraph body;
        private final Tensor iteration;
        private final Tensor condition;
        private final List<RunValue> captured;
        private final long trips;
        private final List<ScanOutputStack> stacks = new ArrayList<>();
        private List<RunValue> states = new ArrayList<>();

        Iterations(
                StepRun run,
                Subgraph body,
                CapturedInputs captured,
                Shape iteration,
                Shape condition,
                int states,
                int scans,
                long trips) {
            this.run = run;
            this.body = body;
            // Scratch, so that a body that hands them on is given copies.
            this.iteration = Tensor.of(DataType.INT64, iteration, run.scratch(Long.BYTES));
            this.condition = Tensor.of(DataType.BOOL, condition, run.scratch(1));
            this.captured = captured.values(run);
            this.trips = trips;
            for (int i = 0; i < states; i++) {
                this.states.add(run.value(FIRST_STATE + i));
            }
            for (int i = 0; i < scans; i++) {
                stacks.add(new ScanOutputStack(trips));
            }
        }

        void run(boolean first) {
            boolean goOn = first;
            for (long i = 0; goOn && i < trips; i++) {
                List<RunValue> results = iterate(i);
                goOn = LoopScalars.condition(results.getFirst().tensor(), "the body's condition");
                int count = states.size();
                for (int scan = 0; scan < stacks.size(); scan++) {
                    if (run.wants(count + scan)) {
                        stacks.get(scan).add(run, results.get(1 + count + scan).tensor());
                    }
                }
                states = run.carry(results.subList(1, 1 + count));
            }
            put();
        }

        private List<RunValue> iterate(long number) {
            MemorySegment count = iteration.segment();
            count.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, number);
            condition.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            List<RunValue> inputs = new ArrayList<>();
            inputs.add(RunValue.of(iteration));
            inputs.add(RunValue.of(condition));
            inputs.addAll(states);
            inputs.addAll(captured);
            return run.run(body, inputs);
        }

        private void put() {
            for (int i = 0; i < states.size(); i++) {
                if (run.wants(i)) {
                    run.put(i, last(states.get(i), body.outputType(1 + i)));
                }
            }
            for (int i = 0; i < stacks.size(); i++) {
                int output = states.size() + i;
                if (run.wants(output)) {
                    run.put(output, RunValue.of(stacks.get(i).whole(run, body.outputType(1 + output))));
                }
            }
        }
    }

    /** A state at the end: where no run has made an optional what it holds, that is done now. */
    private static RunValue last(RunValue state, ValueType given) {
        if (state instanceof RunValue.OfOptional optional && !(given instanceof OptionalType)) {
            return optional.element().orElseThrow(() -> new IllegalArgumentException("an optional has no value"));
        }
        return state;
    }

    private static List<ValueType> states(Inference in, LoopTypes loop) {
        CapturedInputs captured = CapturedInputs.of(in);
        if (captured.has(in, TRIPS)) {
            LoopScalars.require(in.valueType(TRIPS), DataType.INT64, "the trip count");
        }
        if (captured.has(in, CONDITION)) {
            LoopScalars.require(in.valueType(CONDITION), DataType.BOOL, "the condition");
        }
        List<ValueType> initial = new ArrayList<>();
        for (int i = FIRST_STATE; i < captured.own(); i++) {
            initial.add(in.valueType(i));
        }
        return loop.settle(initial, 1, types -> in.bodyTypes(body(in), inputs(in, types)));
    }

    private static List<ValueType> inputs(Inference in, List<ValueType> states) {
        Graph body = body(in);
        List<ValueType> inputs = new ArrayList<>();
        inputs.add(single(body, 0, DataType.INT64));
        inputs.add(single(body, 1, DataType.BOOL));
        inputs.addAll(states);
        inputs.addAll(CapturedInputs.of(in).types(in));
        return inputs;
    }

    /** A scalar, unless the body says that it wants a vector of one element. */
    private static TensorType single(Graph body, int input, DataType dataType) {
        boolean vector = input < body.inputs().size()
                && body.types().get(body.inputs().get(input)) instanceof TensorType declared
                && declared.hasRank()
                && declared.rank() == 1;
        return TensorType.of(dataType, vector ? List.of(Dim.of(1)) : List.of());
    }

    private static Graph body(Inference in) {
        Graph body = in.attributes()
                .graph(BODY)
                .orElseThrow(() -> new ModelFormatException("attribute '" + BODY + "' is missing"));
        if (body.inputs().size() < BODY_STATE) {
            throw new ModelFormatException(
                    "the body has " + body.inputs().size() + " inputs; expected an iteration and a condition at least");
        }
        return body;
    }
}
