package dev.nereid.models.graph;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A node's attributes, read by name and kind. An attribute of another kind than asked for is a format error. */
public record Attributes(Map<String, Attribute> map) {
    public static final Attributes NONE = new Attributes(Map.of());

    /** The value of one attribute. */
    public sealed interface Attribute {
        record Int(long value) implements Attribute {}

        record Ints(List<Long> values) implements Attribute {}

        record Real(float value) implements Attribute {}

        record Reals(List<Float> values) implements Attribute {}

        /** Text or bytes, one character a byte (ISO 8859-1), so that nothing is lost. */
        record Text(String bytes) implements Attribute {}

        record Texts(List<String> bytes) implements Attribute {}

        record TensorValue(Tensor tensor) implements Attribute {}

        record Tensors(List<Tensor> tensors) implements Attribute {}

        record Type(ValueType type) implements Attribute {}

        /**
         * A subgraph of a node: a branch, or the body of a loop.
         *
         * @param captured how many of its inputs, the last ones, are values from around the node: as many inputs at
         *     the end of the node's list. The same number for every graph of a node
         */
        record Subgraph(Graph graph, int captured) implements Attribute {}
    }

    public Attributes {
        // Names of the file: a HashMap keeps those of one hash code in a tree, Map.copyOf compares each with all
        // others.
        map = Collections.unmodifiableMap(new HashMap<>(map));
    }

    /** These attributes, with one more or another in its place. */
    public Attributes with(String name, Attribute attribute) {
        Map<String, Attribute> all = new HashMap<>(map);
        all.put(name, attribute);
        return new Attributes(all);
    }

    public boolean has(String name) {
        return map.containsKey(name);
    }

    public long integer(String name, long whenAbsent) {
        return find(name, Attribute.Int.class).map(Attribute.Int::value).orElse(whenAbsent);
    }

    public Optional<Long> integer(String name) {
        return find(name, Attribute.Int.class).map(Attribute.Int::value);
    }

    public Optional<long[]> integers(String name) {
        return find(name, Attribute.Ints.class)
                .map(a -> a.values().stream().mapToLong(Long::longValue).toArray());
    }

    public float real(String name, float whenAbsent) {
        return find(name, Attribute.Real.class).map(Attribute.Real::value).orElse(whenAbsent);
    }

    public Optional<Float> real(String name) {
        return find(name, Attribute.Real.class).map(Attribute.Real::value);
    }

    public Optional<List<Float>> reals(String name) {
        return find(name, Attribute.Reals.class).map(Attribute.Reals::values);
    }

    /** Text as UTF-8. */
    public String text(String name, String whenAbsent) {
        return find(name, Attribute.Text.class).map(a -> utf8(a.bytes())).orElse(whenAbsent);
    }

    public Optional<List<String>> texts(String name) {
        return find(name, Attribute.Texts.class)
                .map(a -> a.bytes().stream().map(Attributes::utf8).toList());
    }

    /**
     * A tensor whose memory, like that of initializers, lives only until the plan is built: a step that needs the
     * content copies it while it is lowered.
     */
    public Optional<Tensor> tensor(String name) {
        return find(name, Attribute.TensorValue.class).map(Attribute.TensorValue::tensor);
    }

    public Optional<Graph> graph(String name) {
        return find(name, Attribute.Subgraph.class).map(Attribute.Subgraph::graph);
    }

    public Optional<ValueType> type(String name) {
        return find(name, Attribute.Type.class).map(Attribute.Type::type);
    }

    /** How many of the node's inputs, the last ones, are there only because graphs inside it read them. */
    public int captured() {
        return map.values().stream()
                .mapToInt(attribute -> attribute instanceof Attribute.Subgraph subgraph ? subgraph.captured() : 0)
                .max()
                .orElse(0);
    }

    private <A extends Attribute> Optional<A> find(String name, Class<A> kind) {
        Attribute attribute = map.get(name);
        if (attribute == null) {
            return Optional.empty();
        }
        if (!kind.isInstance(attribute)) {
            throw new ModelFormatException("attribute '" + name + "': expected " + kind.getSimpleName() + ", got "
                    + attribute.getClass().getSimpleName());
        }
        return Optional.of(kind.cast(attribute));
    }

    private static String utf8(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
