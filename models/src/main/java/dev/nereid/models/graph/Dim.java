package dev.nereid.models.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * An integer that may be known only when a run's shapes are: a polynomial with integer coefficients over atoms. It
 * serves as a tensor's dim and as an element of small integer tensors that hold shapes (and may then be negative).
 * Equal formulas compare equal when their normal forms do: {@code s*12/12} equals {@code s}. Immutable.
 */
public final class Dim {
    /** What a formula is made of beside numbers. */
    public sealed interface Atom extends Comparable<Atom> {
        /** Orders and identifies atoms. */
        String key();

        @Override
        default int compareTo(Atom other) {
            return key().compareTo(other.key());
        }
    }

    /** A number that a run's input shapes bind, or that only a step of the run will know. */
    public record Symbol(String name) implements Atom {
        @Override
        public String key() {
            return name;
        }
    }

    /** An operation that does not fit a polynomial. */
    public record Operation(Operator operator, Dim left, Dim right) implements Atom {
        @Override
        public String key() {
            return operator.name().toLowerCase(java.util.Locale.ROOT) + "(" + left + "," + right + ")";
        }
    }

    /** The operations that do not fit a polynomial. */
    public enum Operator {
        /** Rounds towards negative infinity. */
        FLOOR_DIVIDE,
        /** Rounds towards positive infinity. */
        CEIL_DIVIDE,
        /** The remainder with the divisor's sign. */
        MODULO,
        MAX,
        MIN,
        /** A product that would have too many terms if it were multiplied out. */
        MULTIPLY,
        /** The extent of a broadcast axis: the other one where one of them is 1. */
        BROADCAST;

        long apply(long left, long right) {
            return switch (this) {
                case FLOOR_DIVIDE -> Math.floorDiv(left, right);
                case CEIL_DIVIDE -> Math.ceilDiv(left, right);
                case MODULO -> Math.floorMod(left, right);
                case MAX -> Math.max(left, right);
                case MIN -> Math.min(left, right);
                case MULTIPLY -> Math.multiplyExact(left, right);
                case BROADCAST -> left == 1 ? right : left;
            };
        }
    }

    private static final List<Atom> NUMBER = List.of();

    /** Longer formulas are not told apart by their length. */
    private static final long LONGEST = 1L << 40;

    /** Terms that a product may have. Of many sums it would have exponentially many. */
    private static final int MOST_TERMS = 256;

    /** Monomial (its atoms, sorted, repeated for powers) to coefficient; never a zero coefficient. */
    private final Map<List<Atom>, Long> terms;

    private final int hash;
    private final long length;

    private Dim(Map<List<Atom>, Long> terms) {
        this.terms = terms;
        this.hash = terms.hashCode();
        long numbers = 0;
        for (List<Atom> monomial : terms.keySet()) {
            numbers++;
            for (Atom atom : monomial) {
                numbers +=
                        atom instanceof Operation(Operator _, Dim left, Dim right) ? 1 + left.length + right.length : 1;
            }
        }
        this.length = Math.min(numbers, LONGEST);
    }

    /**
     * How many numbers, symbols and operations the formula is written with; what is shared is written anew wherever it is
     * read. Nearly everything that is done with a formula takes so many steps at least.
     */
    public long length() {
        return length;
    }

    public static Dim of(long value) {
        return value == 0 ? new Dim(Map.of()) : new Dim(Map.of(NUMBER, value));
    }

    public static Dim symbol(String name) {
        return new Dim(Map.of(List.of(new Symbol(name)), 1L));
    }

    public boolean isKnown() {
        return terms.isEmpty() || (terms.size() == 1 && terms.containsKey(NUMBER));
    }

    /** The number; only where it is known. */
    public long value() {
        if (!isKnown()) {
            throw new IllegalStateException("dim " + this + " is not known");
        }
        return terms.getOrDefault(NUMBER, 0L);
    }

    /** Whether this is known to be {@code value}. */
    public boolean is(long value) {
        return isKnown() && value() == value;
    }

    public Dim plus(Dim other) {
        Map<List<Atom>, Long> sum = new java.util.HashMap<>(terms);
        other.terms.forEach((monomial, coefficient) -> sum.merge(monomial, coefficient, Math::addExact));
        return normal(sum);
    }

    public Dim plus(long other) {
        return plus(of(other));
    }

    public Dim minus(Dim other) {
        return plus(other.times(-1));
    }

    public Dim times(long factor) {
        return times(of(factor));
    }

    public Dim times(Dim other) {
        if ((long) terms.size() * other.terms.size() > MOST_TERMS) {
            return operation(Operator.MULTIPLY, this, other);
        }
        Map<List<Atom>, Long> product = new java.util.HashMap<>();
        terms.forEach((left, a) -> other.terms.forEach((right, b) -> {
            List<Atom> atoms = new ArrayList<>(left);
            atoms.addAll(right);
            atoms.sort(null);
            product.merge(List.copyOf(atoms), Math.multiplyExact(a, b), Math::addExact);
        }));
        return normal(product);
    }

    /** The quotient rounded down; a formula without rest divides exactly. */
    public Dim floorDivide(Dim divisor) {
        Dim exact = divideExactly(divisor);
        return exact != null ? exact : operation(Operator.FLOOR_DIVIDE, this, divisor);
    }

    /** The quotient rounded towards 0, as integers divide, of any dividend and a positive divisor. */
    public Dim truncatingDivide(Dim divisor) {
        if (isNeverNegative()) {
            return floorDivide(divisor);
        }
        if (isKnown()) {
            return ceilDivide(divisor);
        }
        Dim down = floorDivide(divisor);
        Dim up = ceilDivide(divisor);
        return down.equals(up) ? down : max(down, of(0)).plus(min(up, of(0)));
    }

    /** Whether the formulas show that the two are never equal; symbols are 0 or more. */
    public boolean differsFrom(Dim other) {
        Dim difference = minus(other);
        return difference.isKnown()
                ? difference.value() != 0
                : difference.plus(-1).isNeverNegative()
                        || difference.times(-1).plus(-1).isNeverNegative();
    }

    /** Whether the formula shows that this is 0 or more: symbols are. */
    private boolean isNeverNegative() {
        return terms.entrySet().stream()
                .allMatch(term -> term.getValue() > 0 && term.getKey().stream().allMatch(Dim::isNeverNegative));
    }

    private static boolean isNeverNegative(Atom atom) {
        return switch (atom) {
            case Symbol _ -> true;
            case Operation(Operator operator, Dim left, Dim right) ->
                operator == Operator.MAX
                        ? left.isNeverNegative() || right.isNeverNegative()
                        : left.isNeverNegative() && right.isNeverNegative();
        };
    }

    public Dim ceilDivide(Dim divisor) {
        Dim exact = divideExactly(divisor);
        return exact != null ? exact : operation(Operator.CEIL_DIVIDE, this, divisor);
    }

    public Dim modulo(Dim divisor) {
        return divideExactly(divisor) != null ? of(0) : operation(Operator.MODULO, this, divisor);
    }

    /** The greater one; a formula that is never negative is itself beside 0, as where a range is as long as its limit. */
    public static Dim max(Dim left, Dim right) {
        if (right.is(0) && left.isNeverNegative()) {
            return left;
        }
        if (left.is(0) && right.isNeverNegative()) {
            return right;
        }
        return left.equals(right) ? left : operation(Operator.MAX, left, right);
    }

    public static Dim min(Dim left, Dim right) {
        return left.equals(right) ? left : operation(Operator.MIN, left, right);
    }

    /** The extent of an axis that two tensors broadcast over. A number other than 1 wins over a formula. */
    public static Dim broadcast(Dim left, Dim right) {
        if (left.equals(right) || right.is(1)) {
            return left;
        }
        if (left.is(1)) {
            return right;
        }
        if (left.isKnown() != right.isKnown()) {
            return left.isKnown() ? left : right;
        }
        if (right.isCapped(left)) {
            return left;
        }
        if (left.isCapped(right)) {
            return right;
        }
        return operation(Operator.BROADCAST, left, right);
    }

    /**
     * Whether this is {@code min(other, c)} of a number c above 1, as where a table of positions is cut to a length: it
     * broadcasts with {@code other} only while they are equal.
     */
    private boolean isCapped(Dim other) {
        if (terms.size() != 1) {
            return false;
        }
        Map.Entry<List<Atom>, Long> term = terms.entrySet().iterator().next();
        return term.getValue() == 1
                && term.getKey().size() == 1
                && term.getKey().getFirst() instanceof Operation operation
                && operation.operator() == Operator.MIN
                && (isCap(operation.right(), operation.left(), other)
                        || isCap(operation.left(), operation.right(), other));
    }

    private static boolean isCap(Dim cap, Dim capped, Dim other) {
        return cap.isKnown() && cap.value() > 1 && capped.equals(other);
    }

    /** The product of all; 1 for none. */
    public static Dim product(Iterable<Dim> dims) {
        Dim product = of(1);
        for (Dim dim : dims) {
            product = product.times(dim);
        }
        return product;
    }

    /** The symbols anywhere in the formula. */
    public Set<String> symbols() {
        Set<String> names = new java.util.TreeSet<>();
        collect(names);
        return names;
    }

    /** A formula that is a positive number times one symbol, plus another number. */
    public record Linear(String symbol, long factor, long offset) {
        /** The symbol's number where the formula's is {@code value}; empty where no whole one from 0 on gives it. */
        public OptionalLong symbolAt(long value) {
            long rest = value - offset;
            return rest < 0 || rest % factor != 0 ? OptionalLong.empty() : OptionalLong.of(rest / factor);
        }
    }

    /** This formula as a linear one of one symbol, if it is. */
    public Optional<Linear> linear() {
        Optional<Linear> found = Optional.empty();
        for (Map.Entry<List<Atom>, Long> term : terms.entrySet()) {
            if (term.getKey().isEmpty()) {
                continue;
            }
            if (found.isPresent()
                    || term.getValue() <= 0
                    || term.getKey().size() != 1
                    || !(term.getKey().getFirst() instanceof Symbol symbol)) {
                return Optional.empty();
            }
            found = Optional.of(new Linear(symbol.name(), term.getValue(), terms.getOrDefault(NUMBER, 0L)));
        }
        return found;
    }

    /** The number, with {@code symbols} giving each symbol's. */
    public long evaluate(ToLongFunction<String> symbols) {
        long sum = 0;
        for (Map.Entry<List<Atom>, Long> term : terms.entrySet()) {
            long product = term.getValue();
            for (Atom atom : term.getKey()) {
                product = Math.multiplyExact(
                        product,
                        switch (atom) {
                            case Symbol symbol -> symbols.applyAsLong(symbol.name());
                            case Operation op ->
                                op.operator()
                                        .apply(
                                                op.left().evaluate(symbols),
                                                op.right().evaluate(symbols));
                        });
            }
            sum = Math.addExact(sum, product);
        }
        return sum;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Dim dim && hash == dim.hash && terms.equals(dim.terms);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        if (isKnown()) {
            return Long.toString(value());
        }
        SortedMap<String, Long> sorted = new TreeMap<>();
        terms.forEach((monomial, coefficient) ->
                sorted.put(monomial.stream().map(Atom::key).collect(Collectors.joining("*")), coefficient));
        return sorted.entrySet().stream()
                .map(e -> e.getKey().isEmpty()
                        ? "" + e.getValue()
                        : e.getValue() == 1 ? e.getKey() : e.getValue() + "*" + e.getKey())
                .collect(Collectors.joining("+"));
    }

    private void collect(Set<String> names) {
        for (List<Atom> monomial : terms.keySet()) {
            for (Atom atom : monomial) {
                switch (atom) {
                    case Symbol symbol -> names.add(symbol.name());
                    case Operation op -> {
                        op.left().collect(names);
                        op.right().collect(names);
                    }
                }
            }
        }
    }

    private static Dim operation(Operator operator, Dim left, Dim right) {
        Objects.requireNonNull(right, "right");
        if (left.isKnown() && right.isKnown()) {
            return of(operator.apply(left.value(), right.value()));
        }
        return new Dim(Map.of(List.of(new Operation(operator, left, right)), 1L));
    }

    /** The exact quotient by a single term, or null where there is a rest. */
    private @org.jspecify.annotations.Nullable Dim divideExactly(Dim divisor) {
        if (divisor.terms.size() != 1) {
            return equals(divisor) && !divisor.terms.isEmpty() ? of(1) : null;
        }
        Map.Entry<List<Atom>, Long> by = divisor.terms.entrySet().iterator().next();
        Map<List<Atom>, Long> quotient = new java.util.HashMap<>();
        for (Map.Entry<List<Atom>, Long> term : terms.entrySet()) {
            List<Atom> rest = new ArrayList<>(term.getKey());
            for (Atom atom : by.getKey()) {
                if (!rest.remove(atom)) {
                    return null;
                }
            }
            if (term.getValue() % by.getValue() != 0) {
                return null;
            }
            quotient.put(List.copyOf(rest), term.getValue() / by.getValue());
        }
        return new Dim(Map.copyOf(quotient));
    }

    private static Dim normal(Map<List<Atom>, Long> terms) {
        terms.values().removeIf(coefficient -> coefficient == 0);
        return new Dim(Map.copyOf(terms));
    }
}
