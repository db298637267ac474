package dev.nereid.server.cli;

import dev.nereid.server.cli.Flag.Effect;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The values that a command line gave. Of a flag given twice the last value counts, unless it is read with
 * {@link #texts}. Asking for a flag that the command does not have is a programming error.
 */
public final class ParsedFlags {
    private final Set<String> known;
    private final Map<String, List<String>> values;
    private final List<String> operands;
    private final List<String> deprecations;
    private final List<String> warnings;

    private ParsedFlags(Builder builder) {
        this.known = builder.known;
        this.values = builder.values;
        this.operands = List.copyOf(builder.operands);
        this.deprecations = List.copyOf(builder.deprecations);
        this.warnings = List.copyOf(builder.warnings);
    }

    /** The arguments that are neither flags nor values of flags, in order. */
    public List<String> operands() {
        return operands;
    }

    /** A line for each time that a deprecated flag was given; Triton writes the same to standard error. */
    public List<String> deprecations() {
        return deprecations;
    }

    /** One sentence for each flag that was given and is without effect. */
    public List<String> warnings() {
        return warnings;
    }

    public boolean has(String name) {
        return !texts(name).isEmpty();
    }

    public Optional<String> text(String name) {
        List<String> all = texts(name);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /** Every value of a repeatable flag, in order. */
    public List<String> texts(String name) {
        if (!known.contains(name)) {
            throw new IllegalArgumentException("there is no flag --" + name);
        }
        return values.getOrDefault(name, List.of());
    }

    /** Every value of two flags that mean the same: those of the first, then those of the second. */
    public List<String> texts(String name, String synonym) {
        if (!known.contains(name) || !known.contains(synonym)) {
            throw new IllegalArgumentException("there is no flag --" + name + " or --" + synonym);
        }
        List<String> all = new ArrayList<>(texts(name));
        all.addAll(texts(synonym));
        return all;
    }

    public boolean bool(String name, boolean whenAbsent) {
        return text(name).map(FlagValues::bool).orElse(whenAbsent);
    }

    public int integer(String name, int whenAbsent) {
        return text(name).map(FlagValues::integer).orElse(whenAbsent);
    }

    public long longInteger(String name, long whenAbsent) {
        return text(name).map(FlagValues::longInteger).orElse(whenAbsent);
    }

    public double real(String name, double whenAbsent) {
        return text(name).map(FlagValues::real).orElse(whenAbsent);
    }

    public int verbosity(String name) {
        return text(name).map(FlagValues::verbosity).orElse(0);
    }

    /** Collects the flags of one command line. */
    static final class Builder {
        private final Set<String> known;
        private final Map<String, List<String>> values = new LinkedHashMap<>();
        private final List<String> operands = new ArrayList<>();
        private final List<String> deprecations = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();

        Builder(Set<String> known) {
            this.known = known;
        }

        void add(Flag flag, String value) {
            boolean first = !values.containsKey(flag.name());
            values.computeIfAbsent(flag.name(), _ -> new ArrayList<>()).add(value);
            boolean harmless = !flag.note().isEmpty() && flag.note().equalsIgnoreCase(value);
            if (flag.effect() == Effect.DEPRECATED) {
                deprecations.add("Warning: '--" + flag.name() + "' has been deprecated"
                        + flag.note().replace(Flag.VALUE, value));
            } else if (first && flag.effect() == Effect.NONE && !harmless) {
                warnings.add("'--" + flag.name() + "' is accepted as Triton's, but has no effect here.");
            }
        }

        void addOperand(String argument) {
            operands.add(argument);
        }

        ParsedFlags build() {
            return new ParsedFlags(this);
        }
    }
}
