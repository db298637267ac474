package dev.nereid.models.device;

import dev.nereid.models.device.RegionValue.Place;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.lowering.DeviceStep;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Collects the values and steps of one region. Used once, by one thread. */
final class RegionBuilder {
    private final GraphTypes types;
    private final DeviceConstants constants;
    private final List<RegionValue> values = new ArrayList<>();
    private final Map<Value, Integer> numbers = new HashMap<>();
    private final List<RegionStep> steps = new ArrayList<>();
    private final List<Value> inputs = new ArrayList<>();
    private final int firstInput;

    /** @param firstInput the number of the region's first own input among those of its node */
    RegionBuilder(GraphTypes types, DeviceConstants constants, int firstInput) {
        this.types = types;
        this.constants = constants;
        this.firstInput = firstInput;
    }

    /** Adds a node behind all that it reads. */
    void add(Node node, DeviceStep step) {
        int[] reads = new int[node.inputs().size()];
        Arrays.fill(reads, -1);
        for (int input : step.reads()) {
            Optional<Value> value = node.input(input);
            if (value.isPresent()) {
                reads[input] = number(value.get());
            }
        }
        int[] makes = new int[node.outputs().size()];
        for (int output = 0; output < makes.length; output++) {
            Place place = step.isAlias() ? new Place.Alias(reads[step.aliasOf()]) : new Place.Memory();
            makes[output] =
                    node.output(output).map(value -> define(value, place)).orElse(-1);
        }
        steps.add(new RegionStep(node.describe(), reads, makes, step, constants.upload(step.constants())));
    }

    /** The values from outside, in the order of the region's own inputs. */
    List<Value> inputs() {
        return inputs;
    }

    RegionPlan build(List<Value> outputs) {
        List<Integer> numbered = outputs.stream().map(this::number).toList();
        List<RegionStep> fused = ChainFusion.of(values, steps, numbered, constants::compile);
        return new RegionPlan(values, fused, numbered);
    }

    private int number(Value value) {
        Integer known = numbers.get(value);
        if (known != null) {
            return known;
        }
        Optional<Tensor> constant = types.constant(value);
        if (constant.isPresent()) {
            return define(value, new Place.Constant(constants.upload(constant.get())));
        }
        inputs.add(value);
        return define(value, new Place.Input(firstInput + inputs.size() - 1));
    }

    private int define(Value value, Place place) {
        TensorType type = types.type(value);
        numbers.put(value, values.size());
        values.add(new RegionValue(value.name(), type, place));
        return values.size() - 1;
    }
}
