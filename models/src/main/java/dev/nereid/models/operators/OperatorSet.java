package dev.nereid.models.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Node;
import dev.nereid.models.lowering.Inference;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The operators that can be lowered, found by domain, name and opset. Immutable. */
public final class OperatorSet {
    /**
     * One operator as of one version of its domain: a row of the registry.
     *
     * @param since the first opset version with this meaning
     * @param types the datatypes that an input may have; inputs that are not named may have any, or the operator checks
     *     them itself
     * @param alike inputs that must have one datatype, as far as they are there
     * @param traits what passes may rely on
     * @param note what users should know, such as what is not covered; empty where there is nothing to say
     */
    public record Entry(
            String domain,
            String name,
            int since,
            Operator operator,
            Map<Integer, Set<DataType>> types,
            List<Integer> alike,
            Set<Trait> traits,
            String note) {
        public Entry {
            types = Map.copyOf(types);
            alike = List.copyOf(alike);
            traits = Set.copyOf(traits);
        }

        /** An operator of the default domain. */
        public static Entry of(String name, int since, Operator operator) {
            return of("", name, since, operator);
        }

        /** An operator of any domain. */
        public static Entry of(String domain, String name, int since, Operator operator) {
            return new Entry(domain, name, since, operator, Map.of(), List.of(), Set.of(), "");
        }

        /** This row with the datatypes that the first input may have. */
        public Entry taking(Set<DataType> accepted) {
            return taking(0, accepted);
        }

        /** This row with the datatypes that one input may have. */
        public Entry taking(int input, Set<DataType> accepted) {
            Map<Integer, Set<DataType>> all = new HashMap<>(types);
            all.put(input, Set.copyOf(accepted));
            return new Entry(domain, name, since, operator, all, alike, traits, note);
        }

        /** This row with inputs that must have one datatype. */
        public Entry alike(Integer... inputs) {
            return new Entry(domain, name, since, operator, types, List.of(inputs), traits, note);
        }

        /** This row with further traits. */
        public Entry with(Trait... more) {
            Set<Trait> all = new HashSet<>(traits);
            Collections.addAll(all, more);
            return new Entry(domain, name, since, operator, types, alike, all, note);
        }

        /** This row with a note for users. */
        public Entry noting(String text) {
            return new Entry(domain, name, since, operator, types, alike, traits, text);
        }

        /** @throws ModelFormatException if an input has a datatype that the row does not allow */
        void check(Inference inference) {
            types.forEach((input, accepted) -> {
                if (inference.has(input)
                        && !accepted.contains(inference.type(input).dataType())) {
                    throw new ModelFormatException("input " + input + ": expected one of " + new TreeSet<>(accepted)
                            + ", got " + inference.type(input).dataType());
                }
            });
            List<Integer> present = alike.stream().filter(inference::has).toList();
            for (int input : present) {
                DataType first = inference.type(present.getFirst()).dataType();
                DataType other = inference.type(input).dataType();
                if (other != first) {
                    throw new ModelFormatException("input " + input + ": expected " + first + " as input "
                            + present.getFirst() + ", got " + other);
                }
            }
        }
    }

    private final Map<String, List<Entry>> entries = new HashMap<>();

    /** The set of all given lists. */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public OperatorSet(List<Entry>... lists) {
        for (List<Entry> list : lists) {
            for (Entry entry : list) {
                entries.computeIfAbsent(key(entry.domain(), entry.name()), _ -> new ArrayList<>())
                        .add(entry);
            }
        }
        entries.values().forEach(versions -> versions.sort((a, b) -> Integer.compare(b.since(), a.since())));
    }

    /** The row with the highest {@code since} not above {@code opset}; empty where there is none. */
    public Optional<Entry> find(String domain, String name, int opset) {
        return entries.getOrDefault(key(domain, name), List.of()).stream()
                .filter(entry -> entry.since() <= opset)
                .findFirst();
    }

    /** Whether a node's operator has one of the traits. */
    public boolean has(Node node, Trait... traits) {
        return find(node.domain(), node.operator(), node.opset())
                .filter(entry -> Stream.of(traits).anyMatch(entry.traits()::contains))
                .isPresent();
    }

    /** Every entry, ordered by domain, name and version. */
    public List<Entry> all() {
        List<Entry> all = new ArrayList<>();
        entries.values().forEach(all::addAll);
        all.sort((a, b) -> {
            int byName = key(a.domain(), a.name()).compareTo(key(b.domain(), b.name()));
            return byName != 0 ? byName : Integer.compare(a.since(), b.since());
        });
        return Collections.unmodifiableList(all);
    }

    private static String key(String domain, String name) {
        return domain + ":" + name;
    }
}
