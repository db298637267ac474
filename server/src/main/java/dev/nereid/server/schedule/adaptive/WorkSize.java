package dev.nereid.server.schedule.adaptive;

/**
 * The amount of work in a request or a batch. Immutable.
 *
 * @param items the sum of the batch sizes
 * @param tokens the sum of the lengths of the items; 0 where a model counts none
 * @param squares the sum of the squares of the lengths
 * @param longest the length of the longest item
 */
public record WorkSize(double items, double tokens, double squares, double longest) {
    /** No work. */
    public static final WorkSize NONE = new WorkSize(0, 0, 0, 0);

    /** Items of a fixed size. */
    public static WorkSize of(long items) {
        return new WorkSize(items, 0, 0, 0);
    }

    /** Items of {@code length} tokens each. */
    public static WorkSize ofTokens(long items, double length) {
        return new WorkSize(items, items * length, items * length * length, length);
    }

    /** The sum of both. */
    public WorkSize plus(WorkSize other) {
        return new WorkSize(
                items + other.items, tokens + other.tokens, squares + other.squares, Math.max(longest, other.longest));
    }

    /** What is left of this when {@code other} is taken out; the longest item is taken to stay. */
    WorkSize minus(WorkSize other) {
        return new WorkSize(items - other.items, tokens - other.tokens, squares - other.squares, longest);
    }

    WorkSize times(double factor) {
        return new WorkSize(items * factor, tokens * factor, squares * factor, longest);
    }
}
