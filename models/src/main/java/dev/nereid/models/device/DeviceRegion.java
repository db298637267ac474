package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A part of a graph that runs on a device, as one node of the graph around it. Its first inputs are those inputs of the
 * model whose shapes say what the region's symbols stand for; only their shapes are read.
 *
 * @param binding the types of these inputs
 * @param outputs the types of the node's outputs
 */
record DeviceRegion(RegionPlan plan, List<TensorType> binding, List<TensorType> outputs, Lanes lanes)
        implements Operator {
    DeviceRegion {
        binding = List.copyOf(binding);
        outputs = List.copyOf(outputs);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return outputs;
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(this::run);
    }

    private void run(StepRun host) {
        Lane lane = lanes.take();
        try {
            List<Shape> shapes = new ArrayList<>(binding.size());
            for (int i = 0; i < binding.size(); i++) {
                shapes.add(host.input(i).shape());
            }
            BoundRegion region = lane.region(
                    plan,
                    shapes,
                    () -> new BoundRegion(plan, symbols(shapes), lane.stream().kernels(), lanes.recordings()));
            // Nothing between this and the end of the run blocks but the device: the thread may be a virtual one.
            lane.stream().attach();
            region.run(host, lane.stream());
        } catch (DeviceException e) {
            if (e.code() != DeviceException.Code.FAILED) {
                lanes.giveBack(lane);
            } else {
                closeAfter(lane, e);
            }
            throw e;
        } catch (RuntimeException | Error e) {
            closeAfter(lane, e);
            throw e;
        }
        lanes.giveBack(lane);
    }

    /** A stream on which something failed is not used again. */
    private static void closeAfter(Lane lane, Throwable failure) {
        try {
            lane.close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private Map<String, Long> symbols(List<Shape> shapes) {
        Map<String, Long> symbols = new HashMap<>();
        for (int input = 0; input < shapes.size(); input++) {
            TensorType type = binding.get(input);
            for (int axis = 0; axis < type.rank(); axis++) {
                for (String symbol : type.dim(axis).symbols()) {
                    symbols.put(symbol, shapes.get(input).dim(axis));
                }
            }
        }
        return symbols;
    }
}
