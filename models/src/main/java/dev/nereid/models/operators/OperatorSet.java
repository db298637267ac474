package dev.nereid.models.operators;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The operators that can be lowered, found by domain, name and opset. Immutable. */
public final class OperatorSet {
    /**
     * One operator as of one version of its domain.
     *
     * @param since the first opset version with this meaning
     */
    public record Entry(String domain, String name, int since, Operator operator) {
        /** An operator of the default domain. */
        public static Entry of(String name, int since, Operator operator) {
            return new Entry("", name, since, operator);
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

    /** The operator with the highest {@code since} not above {@code opset}; empty where there is none. */
    public Optional<Operator> find(String domain, String name, int opset) {
        return entries.getOrDefault(key(domain, name), List.of()).stream()
                .filter(entry -> entry.since() <= opset)
                .findFirst()
                .map(Entry::operator);
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
