package dev.nereid.cuda.placement;

import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.placement.RegionValue.Place;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Collects the values and steps of one region. Used once, by one thread. */
final class RegionBuilder {
    private final int region;
    private final DeviceValues values;
    private final DeviceConstants constants;
    private final List<RegionStep> steps = new ArrayList<>();
    private final List<Value> inputs = new ArrayList<>();
    private final List<Integer> copied = new ArrayList<>();
    private final Set<Integer> before = new TreeSet<>();

    /**
     * A region without nodes.
     *
     * @param region its number
     * @param values with those of all regions before
     */
    RegionBuilder(int region, DeviceValues values, DeviceConstants constants) {
        this.region = region;
        this.values = values;
        this.constants = constants;
    }

    /** Adds a node behind all that it reads. */
    void add(Node node, DeviceStep step) {
        int[] reads = new int[node.inputs().size()];
        Arrays.fill(reads, -1);
        for (int input : step.reads()) {
            Optional<Value> value = node.input(input);
            if (value.isPresent()) {
                reads[input] = read(value.get());
            }
        }
        int[] makes = new int[node.outputs().size()];
        for (int output = 0; output < makes.length; output++) {
            Place place = step.isAlias() ? values.alias(reads[step.aliasOf()]) : new Place.Memory();
            makes[output] = node.output(output)
                    .map(value -> values.define(value, place, region))
                    .orElse(-1);
        }
        steps.add(new RegionStep(node.describe(), reads, makes, step, constants.upload(step.constants())));
    }

    private int read(Value value) {
        int number = values.find(value).orElseGet(() -> copyIn(value));
        int made = values.region(number);
        if (made != region && made != DeviceValues.NO_REGION) {
            before.add(made);
        }
        return number;
    }

    private int copyIn(Value value) {
        int number = values.define(value, new Place.Input(), region);
        inputs.add(value);
        copied.add(number);
        return number;
    }

    /** The values that are copied in. */
    List<Value> inputs() {
        return Collections.unmodifiableList(inputs);
    }

    /** The regions that have left on the device what this one reads. */
    Set<Integer> before() {
        return Collections.unmodifiableSet(before);
    }

    /**
     * The region as it is now.
     *
     * @param firstInput the number of the first value that is copied in among the inputs of the region's node
     * @param outputs of its nodes, that are copied out
     * @param kept of its nodes, that later regions read
     */
    RegionPlan build(int firstInput, List<Value> outputs, List<Value> kept) {
        List<Integer> out = numbers(outputs);
        List<Integer> leaving = new ArrayList<>(out);
        leaving.addAll(numbers(kept));
        return new RegionPlan(
                copied, firstInput, ChainFusion.of(values.all(), steps, leaving, constants::compile), out);
    }

    private List<Integer> numbers(List<Value> made) {
        return made.stream().map(value -> values.find(value).orElseThrow()).toList();
    }
}
