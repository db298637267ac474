package dev.nereid.cuda.placement;

import dev.nereid.cuda.placement.RegionValue.Place;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The values that regions of a model have to do with, while the regions are collected. Used by one thread. */
final class DeviceValues {
    /** The region of constants, which are there before any run. */
    static final int NO_REGION = -1;

    private final GraphTypes types;
    private final DeviceConstants constants;
    private final List<RegionValue> values = new ArrayList<>();
    private final List<Integer> regions = new ArrayList<>();
    private final Map<Value, Integer> numbers = new HashMap<>();

    DeviceValues(GraphTypes types, DeviceConstants constants) {
        this.types = types;
        this.constants = constants;
    }

    /** The number of a value that is on the device by now; a constant comes there when it is first asked for. */
    Optional<Integer> find(Value value) {
        Integer known = numbers.get(value);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Tensor> constant = types.constant(value);
        return constant.map(tensor -> define(value, new Place.Constant(constants.upload(tensor)), NO_REGION));
    }

    /**
     * Adds a value; returns its number.
     *
     * @param region that makes it or copies it in
     */
    int define(Value value, Place place, int region) {
        numbers.put(value, values.size());
        values.add(new RegionValue(value.name(), types.type(value), place));
        regions.add(region);
        return values.size() - 1;
    }

    /** The place of a value that is another one under another shape: in the memory of what has memory of its own. */
    Place.Alias alias(int value) {
        return values.get(value).place() instanceof Place.Alias alias ? alias : new Place.Alias(value);
    }

    /** The region that makes a value or copies it in. */
    int region(int value) {
        return regions.get(value);
    }

    /** All values by their numbers. */
    List<RegionValue> all() {
        return Collections.unmodifiableList(values);
    }
}
