package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Operators with a number for each axis of their input, in constants that are ordered anew. */
final class IndexRules {
    /** Since when Slice and Pad have their numbers as inputs. */
    private static final int SLICE_BY_INPUTS = 10;

    private static final int PAD_BY_INPUTS = 11;
    private static final int RESIZE_BY_SCALES_AND_SIZES = 11;
    private static final int SLICE_AXES = 3;
    private static final int PADS = 1;
    private static final int PAD_AXES = 3;
    private static final int SCALES = 2;
    private static final int SIZES = 3;

    private IndexRules() {}

    static boolean slice(Node node, LayoutRewrite rewrite) {
        Optional<long[]> axes = node.input(SLICE_AXES)
                .flatMap(rewrite::constant)
                .filter(tensor -> tensor.dataType() == DataType.INT64)
                .map(AxisRules::integers);
        if (!rewrite.isLast(node, 0) || node.opset() < SLICE_BY_INPUTS || axes.isEmpty()) {
            return false;
        }
        Value x = node.input(0).orElseThrow();
        int rank = rewrite.rank(x);
        long[] moved = Arrays.stream(axes.get())
                .map(axis -> ChannelsLastAxes.last(axis, rank))
                .toArray();
        List<Optional<Value>> inputs = rewrite.firstToLast(node);
        inputs.set(SLICE_AXES, Optional.of(rewrite.integers(node.name() + " axes", moved)));
        rewrite.addLast(node, inputs, node.attributes().map());
        return true;
    }

    static boolean pad(Node node, LayoutRewrite rewrite) {
        boolean byInputs = node.opset() >= PAD_BY_INPUTS;
        Optional<long[]> pads = byInputs
                ? node.input(PADS)
                        .flatMap(rewrite::constant)
                        .filter(tensor -> tensor.dataType() == DataType.INT64)
                        .map(AxisRules::integers)
                : node.attributes().integers("pads");
        if (!rewrite.isLast(node, 0) || node.input(PAD_AXES).isPresent() || pads.isEmpty()) {
            return false;
        }
        Value x = node.input(0).orElseThrow();
        int rank = rewrite.rank(x);
        if (pads.get().length != 2 * rank) {
            return false;
        }
        int[] order = ChannelsLastAxes.toLast(rank);
        long[] moved = IntStream.range(0, 2 * rank)
                .mapToLong(i -> pads.get()[i / rank * rank + order[i % rank]])
                .toArray();
        List<Optional<Value>> inputs = rewrite.firstToLast(node);
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        if (byInputs) {
            inputs.set(PADS, Optional.of(rewrite.integers(node.name() + " pads", moved)));
        } else {
            attributes.put(
                    "pads", new Attribute.Ints(LongStream.of(moved).boxed().toList()));
        }
        rewrite.addLast(node, inputs, attributes);
        return true;
    }

    static boolean resize(Node node, LayoutRewrite rewrite) {
        String coordinates = node.attributes().text("coordinate_transformation_mode", "half_pixel");
        if (!rewrite.isLast(node, 0)
                || node.opset() < RESIZE_BY_SCALES_AND_SIZES
                || node.attributes().has("axes")
                || coordinates.equals("tf_crop_and_resize")) {
            return false;
        }
        Value x = node.input(0).orElseThrow();
        int rank = rewrite.rank(x);
        List<Optional<Value>> inputs = rewrite.firstToLast(node);
        // Regions belong to a mode that is not written here.
        inputs.set(1, Optional.empty());
        for (int input = SCALES; input <= Math.min(SIZES, inputs.size() - 1); input++) {
            Optional<Value> numbers = node.input(input);
            if (numbers.isEmpty()) {
                continue;
            }
            Optional<Tensor> constant = rewrite.constant(numbers.get());
            if (constant.isPresent()) {
                inputs.set(input, Optional.of(reordered(node.name(), constant.get(), rewrite)));
            } else {
                Value moved = new Value(numbers.get().name() + " channels last " + node.name());
                Value order = rewrite.integers(moved.name() + " order", longs(ChannelsLastAxes.toLast(rank)));
                List<Value> gathered = List.of(rewrite.toFirst(numbers.get()), order);
                rewrite.add("Gather", gathered, moved, Map.of("axis", new Attribute.Int(0)));
                inputs.set(input, Optional.of(moved));
            }
        }
        rewrite.addLast(node, inputs, node.attributes().map());
        return true;
    }

    private static long[] longs(int... numbers) {
        return Arrays.stream(numbers).asLongStream().toArray();
    }

    private static Value reordered(String name, Tensor tensor, LayoutRewrite rewrite) {
        int count = Math.toIntExact(tensor.shape().elements());
        int bytes = tensor.dataType().bytes();
        MemorySegment target = rewrite.memory().allocate(Math.max(1, (long) count * bytes), 64);
        int[] order = count == 0 ? new int[0] : ChannelsLastAxes.toLast(count);
        for (int axis = 0; axis < count; axis++) {
            MemorySegment.copy(tensor.segment(), (long) order[axis] * bytes, target, (long) axis * bytes, bytes);
        }
        return rewrite.constant(
                name + " numbers",
                Tensor.of(tensor.dataType(), Shape.of(count), target.asSlice(0, (long) count * bytes)));
    }

    /** The shape is read off the tensor as it lies, and its numbers are put in order. */
    static boolean shape(Node node, LayoutRewrite rewrite) {
        if (!rewrite.isLast(node, 0) || !node.attributes().map().isEmpty()) {
            return false;
        }
        Value x = node.input(0).orElseThrow();
        Value y = node.output(0).orElseThrow();
        Value all = new Value(y.name() + " channels last");
        rewrite.add("Shape", List.of(rewrite.toLast(x)), all, Map.of());
        long[] order = longs(ChannelsLastAxes.toFirst(rewrite.rank(x)));
        Value indices = rewrite.integers(y.name() + " order", order);
        rewrite.add("Gather", List.of(all, indices), y, Map.of("axis", new Attribute.Int(0)));
        return true;
    }

    /** A transposition begins at the tensor as it lies; one that puts the channels last itself is nothing more. */
    static boolean transpose(Node node, LayoutRewrite rewrite) {
        Value x = node.input(0).orElseThrow();
        Value y = node.output(0).orElseThrow();
        int rank = rewrite.rank(x);
        Optional<int[]> perm = node.attributes()
                .integers("perm")
                .map(numbers ->
                        Arrays.stream(numbers).mapToInt(Math::toIntExact).toArray())
                .filter(numbers -> numbers.length == rank);
        if (perm.isEmpty()) {
            return false;
        }
        if (rank >= 3 && rank <= 5 && !rewrite.isLast(x) && Arrays.equals(perm.get(), ChannelsLastAxes.toFirst(rank))) {
            // The file's author had them last already.
            rewrite.putLast(y, rewrite.toFirst(x));
            return true;
        }
        if (!rewrite.isLast(x)) {
            return false;
        }
        int[] toFirst = ChannelsLastAxes.toFirst(rank);
        int[] whole = Arrays.stream(perm.get()).map(axis -> toFirst[axis]).toArray();
        if (ChannelsLastAxes.isIdentity(whole)) {
            rewrite.add("Identity", List.of(rewrite.toLast(x)), y, Map.of());
        } else {
            rewrite.add("Transpose", List.of(rewrite.toLast(x)), y, Map.of("perm", LayoutRewrite.ints(whole)));
        }
        return true;
    }
}
