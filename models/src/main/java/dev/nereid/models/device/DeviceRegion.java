package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceException;
import dev.nereid.kernels.device.DeviceTurn;
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
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

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
        List<Shape> shapes = new ArrayList<>(binding.size());
        for (int i = 0; i < binding.size(); i++) {
            shapes.add(host.input(i).shape());
        }
        DeviceTurn turn = host.turn();
        turn.awaitPlace();
        Placed placed = place(shapes, turn);
        turn.placed();
        onLane(placed.lane(), () -> placed.region().run(host, placed.lane().stream()));
        lanes.giveBack(placed.lane());
    }

    /** A lane that has the memory for a run of the region. */
    private record Placed(Lane lane, BoundRegion region) {}

    /** Memory for a run; what fits alone must not fail for what other runs of its instance have, or have left behind. */
    private Placed place(List<Shape> shapes, DeviceTurn turn) {
        try {
            return place(shapes);
        } catch (DeviceException e) {
            if (!isOutOfMemory(e) || !turn.awaitMemory()) {
                throw e;
            }
        }
        try {
            return place(shapes); // likely on the stream of the run before, which has as much
        } catch (DeviceException e) {
            if (!isOutOfMemory(e)) {
                throw e;
            }
        }
        lanes.closeIdle();
        return place(shapes);
    }

    private Placed place(List<Shape> shapes) {
        Lane lane = lanes.take();
        return onLane(lane, () -> {
            BoundRegion region = lane.region(
                    plan,
                    shapes,
                    () -> new BoundRegion(plan, symbols(shapes), lane.stream().kernels(), lanes.recordings()));
            // From this to the end of the run the thread talks to the device, or says so anew where it has blocked.
            lane.stream().attach();
            region.reserve(lane.stream());
            return new Placed(lane, region);
        });
    }

    private void onLane(Lane lane, Runnable work) {
        onLane(lane, () -> {
            work.run();
            return true;
        });
    }

    /** Does a part of a run. Where that fails, the lane is given back or, if it may have suffered, closed. */
    private <T> T onLane(Lane lane, Supplier<T> work) {
        try {
            return work.get();
        } catch (DeviceException e) {
            if (e.code() != DeviceException.Code.FAILED) {
                lanes.giveBack(lane);
            } else {
                closeAfter(lane, e);
            }
            throw e;
        } catch (CancellationException e) {
            lanes.giveBack(lane);
            throw e;
        } catch (RuntimeException | Error e) {
            closeAfter(lane, e);
            throw e;
        }
    }

    private static boolean isOutOfMemory(DeviceException e) {
        return e.code() == DeviceException.Code.OUT_OF_MEMORY;
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
