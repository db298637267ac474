package dev.nereid.models.operators.control;

import dev.nereid.models.graph.RunValue;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;

/**
 * An input that is scanned. The body sees a copy of each place, always in the same memory, so that one that hands it on is
 * given a copy of its own; strings, which are shared, in new tensors.
 *
 * @param reversed whether it is scanned from its end
 * @param memory what the body sees, but for strings
 */
record ScannedInput(AxisSlices places, boolean reversed, RunValue memory) {
    static ScannedInput of(StepRun run, AxisSlices places, boolean reversed) {
        return new ScannedInput(places, reversed, RunValue.of(memory(run, places)));
    }

    private static Tensor memory(StepRun run, AxisSlices places) {
        DataType type = places.all().dataType();
        if (type == DataType.STRING) {
            return run.allocate(type, places.element());
        }
        return Tensor.of(type, places.element(), run.scratch(places.element().elements() * type.bytes()));
    }

    RunValue at(StepRun run, long place) {
        RunValue value = places.all().dataType() == DataType.STRING
                ? RunValue.of(run.allocate(DataType.STRING, places.element()))
                : memory;
        places.read(place, value.tensor());
        return value;
    }
}
