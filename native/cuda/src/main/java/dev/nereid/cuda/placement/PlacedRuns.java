package dev.nereid.cuda.placement;

import dev.nereid.models.device.DeviceException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds bound streams and memory for the runs of a model. Any thread.
 *
 * @param binding the types of the inputs of the model whose shapes say what the plan's symbols stand for
 */
record PlacedRuns(DevicePlan plan, List<TensorType> binding, BoundStreamPool boundStreams) {
    PlacedRuns {
        binding = List.copyOf(binding);
    }

    /**
     * A run that has all the memory that its regions need.
     *
     * @param shapes of the inputs that bind symbols
     * @throws DeviceException if it does not fit
     * @throws IllegalArgumentException if a value has more elements than kernels of a device count
     */
    PlacedRun begin(List<Shape> shapes, DeviceTurn turn) {
        turn.awaitPlace();
        PlacedRun run = place(shapes, turn);
        turn.placed();
        return run;
    }

    /**
     * Memory for a run; what fits alone must not fail for what other runs of its instance have, or have left behind, nor for
     * scratch memory that only makes it faster.
     */
    private PlacedRun place(List<Shape> shapes, DeviceTurn turn) {
        Optional<PlacedRun> placed = placeIfItFits(shapes);
        if (placed.isEmpty() && turn.awaitMemory()) {
            placed = placeIfItFits(shapes); // likely on the stream of the run before, which has as much
        }
        if (placed.isEmpty()) {
            boundStreams.closeIdle();
            placed = placeIfItFits(shapes);
        }
        return placed.isPresent() ? placed.get() : place(shapes, true);
    }

    private Optional<PlacedRun> placeIfItFits(List<Shape> shapes) {
        try {
            return Optional.of(place(shapes, false));
        } catch (DeviceException e) {
            if (e.code() != DeviceException.Code.OUT_OF_MEMORY) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private PlacedRun place(List<Shape> shapes, boolean saving) {
        BoundStreamLease lease = new BoundStreamLease(boundStreams);
        BoundStream boundStream = lease.boundStream();
        return lease.use(() -> {
            BoundPlan bound = boundStream.bound(
                    shapes,
                    saving,
                    () -> new BoundPlan(
                            plan, symbols(shapes), saving, boundStream.stream().kernels(), boundStreams.recordings()));
            // From this to the end of the region the thread talks to the device, or says so anew where it has blocked.
            boundStream.stream().attach();
            bound.reserve(boundStream.stream());
            return new PlacedRun(lease, bound);
        });
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
