package dev.nereid.models.operators;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Node;
import dev.nereid.models.lowering.Inference;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * What small integer tensors hold, as numbers or formulas: exporters compute shapes with ordinary operators, and the
 * shapes of a plan are only formulas if those computations are followed. Covers the operators that such chains are
 * made of; anything else has unknown content, as has what wraps around.
 */
final class SymbolicContents {
    /** Stands for what depends on the run. */
    private static final Dim UNDECIDED = Dim.symbol("?undecided");

    /** Longer tensors are data, not shapes. */
    private static final int LONGEST = 64;

    @FunctionalInterface
    private interface Rule {
        Optional<List<Dim>> content(Inference inference);
    }

    private static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("Shape", SymbolicContents::shape),
            Map.entry("Size", in -> in.type(0).dims().map(dims -> List.of(Dim.product(dims)))),
            Map.entry("Identity", in -> in.content(0)),
            Map.entry("Cast", SymbolicContents::cast),
            Map.entry("Unsqueeze", in -> in.content(0)),
            Map.entry("Squeeze", in -> in.content(0)),
            Map.entry("Reshape", in -> in.content(0)),
            Map.entry("Flatten", in -> in.content(0)),
            Map.entry("ConstantOfShape", SymbolicContents::constantOfShape),
            Map.entry("Expand", SymbolicContents::expand),
            Map.entry("Equal", SymbolicContents::equal),
            Map.entry("Where", SymbolicContents::where),
            Map.entry("Concat", SymbolicContents::concat),
            Map.entry("Gather", SymbolicContents::gather),
            Map.entry("Slice", SymbolicContents::slice),
            Map.entry("Add", in -> binary(in, Dim::plus)),
            Map.entry("Sub", in -> binary(in, Dim::minus)),
            Map.entry("Mul", in -> binary(in, Dim::times)),
            Map.entry("Div", SymbolicContents::divide),
            Map.entry("Max", in -> binary(in, Dim::max)),
            Map.entry("Min", in -> binary(in, Dim::min)),
            Map.entry("ReduceProd", SymbolicContents::product));

    private SymbolicContents() {}

    /** The content of the node's only output; empty where it is not known. */
    static Optional<List<Dim>> of(Node node, Inference inference) {
        Rule rule = node.domain().isEmpty() ? RULES.get(node.operator()) : null;
        if (rule == null) {
            return Optional.empty();
        }
        try {
            return rule.content(inference).filter(content -> content.size() <= LONGEST);
        } catch (ArithmeticException overflow) {
            return Optional.empty();
        }
    }

    /** The content of an input that is a list or one number: the only ones whose order tells where an element lies. */
    private static Optional<List<Dim>> list(Inference in, int input) {
        boolean isList = in.type(input).hasRank() && in.type(input).rank() <= 1;
        return isList ? in.content(input) : Optional.empty();
    }

    /** Content that a node computes in a type; empty where a number does not fit it, or may not: narrow types are data. */
    private static Optional<List<Dim>> fitting(Optional<List<Dim>> content, DataType type) {
        return switch (type) {
            case INT64 -> content;
            case INT32 -> content.filter(dims -> dims.stream().allMatch(SymbolicContents::fitsInt));
            default -> Optional.empty();
        };
    }

    private static boolean fitsInt(Dim dim) {
        return !dim.isKnown() || dim.value() == (int) dim.value();
    }

    private static Optional<List<Dim>> shape(Inference in) {
        return in.type(0).dims().map(dims -> {
            int start = position(in.attributes().integer("start", 0), dims.size());
            int end = position(in.attributes().integer("end", dims.size()), dims.size());
            return dims.subList(Math.min(start, end), end);
        });
    }

    private static int position(long index, int length) {
        return Math.clamp(index < 0 ? index + length : index, 0, length);
    }

    private static Optional<List<Dim>> cast(Inference in) {
        // ONNX: 6 is INT32, 7 is INT64; narrower types could wrap. Before opset 6 the type has a name.
        long to = in.opset() < 6 ? 0 : in.attributes().integer("to", 0);
        return switch (Math.toIntExact(to)) {
            case 6 -> fitting(in.content(0), DataType.INT32);
            case 7 -> in.content(0);
            default -> Optional.empty();
        };
    }

    /** A list of one number, as long as a list of one number says. */
    private static Optional<List<Dim>> constantOfShape(Inference in) {
        Optional<Tensor> value =
                in.attributes().tensor("value").filter(each -> each.shape().elements() == 1);
        Optional<Dim> number = value.flatMap(IntegerTensors::read).map(values -> Dim.of(values[0]));
        return length(in, 0)
                .filter(_ -> number.isPresent())
                .flatMap(length -> fitting(
                        Optional.of(Collections.nCopies(length, number.get())),
                        value.orElseThrow().dataType()));
    }

    /** A list, or one number as often as a list of one number says. */
    private static Optional<List<Dim>> expand(Inference in) {
        Optional<Integer> length = length(in, 1);
        return list(in, 0)
                .filter(data -> length.isPresent() && (data.size() == 1 || data.size() == length.get()))
                .map(data -> data.size() == length.get() ? data : Collections.nCopies(length.get(), data.get(0)));
    }

    /** The length of a list, where an input says it: one known number. */
    private static Optional<Integer> length(Inference in, int input) {
        return list(in, input)
                .filter(shape -> in.type(input).rank() == 1
                        && shape.size() == 1
                        && shape.get(0).isKnown())
                .map(shape -> shape.get(0).value())
                .filter(length -> length >= 0 && length <= LONGEST)
                .map(Math::toIntExact);
    }

    /** Ones and zeros; empty where it depends on the run. */
    private static Optional<List<Dim>> equal(Inference in) {
        Optional<List<Dim>> pairs = binary(in, (left, right) -> {
            if (left.equals(right)) {
                return Dim.of(1);
            }
            return left.differsFrom(right) ? Dim.of(0) : UNDECIDED;
        });
        return pairs.filter(decided -> decided.stream().noneMatch(UNDECIDED::equals));
    }

    private static Optional<List<Dim>> where(Inference in) {
        List<List<Dim>> lists = new ArrayList<>();
        for (int input = 0; input < 3; input++) {
            list(in, input).ifPresent(lists::add);
        }
        int length = lists.stream()
                .mapToInt(List::size)
                .filter(size -> size != 1)
                .findFirst()
                .orElse(1);
        if (lists.size() < 3 || lists.stream().anyMatch(each -> each.size() != 1 && each.size() != length)) {
            return Optional.empty();
        }
        List<Dim> picked = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            List<Dim> from = lists.get(element(lists.get(0), i).is(0) ? 2 : 1);
            picked.add(element(from, i));
        }
        return Optional.of(picked);
    }

    private static Dim element(List<Dim> list, int i) {
        return list.get(list.size() == 1 ? 0 : i);
    }

    private static Optional<List<Dim>> concat(Inference in) {
        List<Dim> joined = new ArrayList<>();
        for (int i = 0; i < in.inputs(); i++) {
            Optional<List<Dim>> part = list(in, i);
            if (part.isEmpty()) {
                return Optional.empty();
            }
            joined.addAll(part.get());
        }
        return Optional.of(joined);
    }

    private static Optional<List<Dim>> gather(Inference in) {
        Optional<List<Dim>> from = list(in, 0);
        Optional<List<Dim>> indices = in.content(1);
        if (from.isEmpty() || indices.isEmpty()) {
            return Optional.empty();
        }
        List<Dim> data = from.get();
        List<Dim> picked = new ArrayList<>();
        for (Dim index : indices.get()) {
            if (!index.isKnown() || index.value() < -data.size() || index.value() >= data.size()) {
                return Optional.empty();
            }
            picked.add(data.get((int) (index.value() < 0 ? index.value() + data.size() : index.value())));
        }
        return Optional.of(picked);
    }

    private static Optional<List<Dim>> slice(Inference in) {
        Optional<List<Dim>> data = list(in, 0);
        Optional<Long> start = bound(in, "starts", 1);
        Optional<Long> end = bound(in, "ends", 2);
        Optional<Long> step = in.has(4) ? bound(in, "steps", 4) : Optional.of(1L);
        if (data.isEmpty() || start.isEmpty() || end.isEmpty() || step.isEmpty() || step.get() != 1) {
            return Optional.empty();
        }
        int from = position(start.get(), data.get().size());
        int to = position(end.get(), data.get().size());
        return Optional.of(data.get().subList(Math.min(from, to), to));
    }

    /** The one start, end or step of a slice, an attribute in old opsets. */
    private static Optional<Long> bound(Inference in, String attribute, int input) {
        if (in.opset() < 10) {
            return in.attributes()
                    .integers(attribute)
                    .filter(v -> v.length == 1)
                    .map(v -> v[0]);
        }
        return in.content(input)
                .filter(v -> v.size() == 1 && v.get(0).isKnown())
                .map(v -> v.get(0).value());
    }

    private static Optional<List<Dim>> binary(Inference in, BinaryOperator<Dim> operator) {
        if (in.inputs() != 2 || list(in, 0).isEmpty() || list(in, 1).isEmpty()) {
            return Optional.empty();
        }
        List<Dim> left = list(in, 0).get();
        List<Dim> right = list(in, 1).get();
        int length = left.size() == 1 ? right.size() : left.size();
        if (right.size() != 1 && right.size() != length) {
            return Optional.empty();
        }
        List<Dim> result = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            result.add(operator.apply(element(left, i), element(right, i)));
        }
        return fitting(Optional.of(result), in.type(0).dataType());
    }

    private static Optional<List<Dim>> divide(Inference in) {
        boolean positive = in.content(1).stream().flatMap(List::stream).allMatch(d -> d.isKnown() && d.value() > 0);
        boolean dims = in.type(0).dataType() == DataType.INT64 || in.type(0).dataType() == DataType.INT32;
        return positive && dims ? binary(in, Dim::truncatingDivide) : Optional.empty();
    }

    private static Optional<List<Dim>> product(Inference in) {
        boolean whole = in.type(0).hasRank() && in.type(0).rank() == 1;
        return whole ? in.content(0).map(dims -> Collections.singletonList(Dim.product(dims))) : Optional.empty();
    }
}
