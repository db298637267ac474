package dev.nereid.models.operators.control;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.AxisPieces;
import dev.nereid.models.operators.SubgraphOperator;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * ONNX Scan: runs {@code body} for every place along an axis of the scanned inputs. Body: (states, places of the
 * inputs) -> (states, places of the outputs). In opset 8 that for every item of a batch, each of a length of its own.
 */
final class Scan implements SubgraphOperator {
    private static final String BODY = "body";

    @Override
    public List<ValueType> outputTypes(Inference in) {
        ScanAttributes scan = ScanAttributes.of(in);
        LoopTypes loop = new LoopTypes(in);
        List<ValueType> states = states(in, scan, loop);
        List<ValueType> given = loop.given();
        List<ValueType> types = new ArrayList<>();
        states.forEach(state -> types.add(scan.batched() ? withBatch(in, scan, state) : state));
        for (int i = 0; i < scan.outputs(); i++) {
            TensorType element = loop.outside(given.get(scan.states() + i).asTensor("scan output " + i));
            types.add(element.hasRank() ? output(in, scan, element, i) : element);
        }
        return types;
    }

    private static TensorType output(Inference in, ScanAttributes scan, TensorType element, int output) {
        List<Dim> dims = new ArrayList<>(element.dims().orElseThrow());
        if (scan.batched()) {
            dims.addFirst(batch(in, scan));
        }
        dims.add(AxisPieces.axis(scan.outputAxis(in, output), dims.size() + 1), length(in, scan));
        return TensorType.of(element.dataType(), dims);
    }

    private static TensorType withBatch(Inference in, ScanAttributes scan, ValueType state) {
        TensorType type = state.asTensor("a state");
        if (!type.hasRank()) {
            return type;
        }
        List<Dim> dims = new ArrayList<>(type.dims().orElseThrow());
        dims.addFirst(batch(in, scan));
        return TensorType.of(type.dataType(), dims);
    }

    private static Dim batch(Inference in, ScanAttributes scan) {
        TensorType first = in.type(scan.firstInput());
        return first.hasRank() ? first.dim(0) : in.unknownDim();
    }

    private static Dim length(Inference in, ScanAttributes scan) {
        TensorType first = in.type(scan.firstInput());
        return first.hasRank() ? first.dim(AxisPieces.axis(scan.inputAxis(in, 0), first.rank())) : in.unknownDim();
    }

    @Override
    public Map<String, List<ValueType>> bodyInputs(Inference in) {
        ScanAttributes scan = ScanAttributes.of(in);
        return Map.of(BODY, inputs(in, scan, states(in, scan, new LoopTypes(in))));
    }

    @Override
    public void lower(Lowering lowering) {
        ScanAttributes scan = ScanAttributes.of(lowering);
        Subgraph body =
                lowering.body(scan.body(), inputs(lowering, scan, states(lowering, scan, new LoopTypes(lowering))));
        lowering.stepPutting(run -> new ScanRun(lowering, scan, body, run).run());
    }

    private static List<ValueType> states(Inference in, ScanAttributes scan, LoopTypes loop) {
        if (scan.batched() && in.has(0) && in.type(0).dataType() != DataType.INT64) {
            throw new ModelFormatException("the sequence lengths: expected INT64, got " + in.type(0));
        }
        List<ValueType> initial = new ArrayList<>();
        for (int i = 0; i < scan.states(); i++) {
            ValueType type = in.valueType(scan.firstState() + i);
            initial.add(scan.batched() ? without(type.asTensor("state " + i), 0) : type);
        }
        return loop.settle(initial, 0, types -> in.bodyTypes(scan.body(), inputs(in, scan, types)));
    }

    private static List<ValueType> inputs(Inference in, ScanAttributes scan, List<ValueType> states) {
        List<ValueType> inputs = new ArrayList<>(states);
        for (int i = 0; i < scan.inputs(); i++) {
            TensorType place = without(in.type(scan.firstInput() + i), scan.inputAxis(in, i));
            inputs.add(scan.batched() ? without(place, 0) : place);
        }
        inputs.addAll(scan.captured().types(in));
        return inputs;
    }

    private static TensorType without(TensorType type, long axis) {
        if (!type.hasRank()) {
            return type;
        }
        List<Dim> dims = new ArrayList<>(type.dims().orElseThrow());
        dims.remove(AxisPieces.axis(axis, dims.size()));
        return TensorType.of(type.dataType(), dims);
    }
}
