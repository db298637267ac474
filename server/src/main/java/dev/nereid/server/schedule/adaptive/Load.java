package dev.nereid.server.schedule.adaptive;

/**
 * How much work a request, or a batch of them, is. Immutable.
 *
 * @param items the sum of the batch sizes
 * @param tokens the sum of the lengths of the items; 0 where a model counts none
 * @param squares the sum of the squares of the lengths
 * @param longest the length of the longest item
 */
public record Load(double items, double tokens, double squares, double longest) {
    /** No work. */
    public static final Load NONE = new Load(0, 0, 0, 0);

    /** Items of a fixed size. */
    public static Load of(long items) {
        return new Load(items, 0, 0, 0);
    }

    /** Items of {@code length} tokens each. */
    public static Load ofTokens(long items, double length) {
        return new Load(items, items * length, items * length * length, length);
    }

    /** The work of both together. */
    public Load plus(Load other) {
        return new Load(
                items + other.items, tokens + other.tokens, squares + other.squares, Math.max(longest, other.longest));
    }

    /** What is left of this when {@code other} is taken out; the longest item is taken to stay. */
    Load minus(Load other) {
        return new Load(items - other.items, tokens - other.tokens, squares - other.squares, longest);
    }

    Load times(double factor) {
        return new Load(items * factor, tokens * factor, squares * factor, longest);
    }
}
