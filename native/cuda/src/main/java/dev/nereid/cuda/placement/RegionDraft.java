package dev.nereid.cuda.placement;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A region whose node is yet to be made.
 *
 * @param nodes how many it takes the place of
 * @param inputs the values that it copies in
 * @param outputs the values that the graph around it names: first those that are copied out
 * @param before the regions that have left on the device what this one reads
 * @param end of no content: for regions behind that read what this one leaves on the device, which no value of the graph tells
 */
record RegionDraft(
        RegionPlan plan,
        int number,
        int nodes,
        List<Value> inputs,
        List<Value> outputs,
        Set<Integer> before,
        Value end) {
    /** The domain of operators that no file may use. */
    private static final String DOMAIN = "dev.nereid";

    private static final int VERSION = 1;
    private static final TensorType NOTHING = TensorType.of(DataType.UINT8, Shape.of(0));

    RegionDraft {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        before = Set.copyOf(before);
    }

    private String name() {
        return "DeviceRegion" + number;
    }

    /** The region's operator, of which there is one node. */
    Entry entry(PlacedRuns runs, Function<Value, TensorType> types) {
        List<TensorType> made = new ArrayList<>(outputs.stream().map(types).toList());
        made.add(NOTHING);
        return Entry.of(DOMAIN, name(), VERSION, new DeviceRegion(runs, number, made));
    }

    /**
     * The region's node.
     *
     * @param binding the inputs of the model that say what symbols stand for
     * @param regions all of the model
     */
    Node node(List<Value> binding, List<RegionDraft> regions) {
        List<Value> read = new ArrayList<>(binding);
        read.addAll(inputs);
        before.stream().sorted().forEach(region -> read.add(regions.get(region).end()));
        List<Value> made = new ArrayList<>(outputs);
        made.add(end);
        return Node.of(name(), DOMAIN, name(), VERSION, read, made, Attributes.NONE);
    }
}
