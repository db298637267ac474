package dev.nereid.server.schedule.adaptive;

import java.util.Objects;

/**
 * What a model asks of the policy.
 *
 * @param cost what its execution time grows with
 * @param sloNanos when an answer is due after its request; {@link Job#NEVER} for no matter when
 * @param maxItems items in a batch, at least 1
 * @param maxTokens tokens in a batch; {@link Long#MAX_VALUE} for no limit
 * @param weight its share of a device that is overloaded, beside the weights of others; above 0
 * @param keepOrder whether requests run in the order of arrival
 */
public record Settings(CostKind cost, long sloNanos, long maxItems, long maxTokens, double weight, boolean keepOrder) {
    public Settings {
        Objects.requireNonNull(cost, "cost");
        if (sloNanos <= 0 || maxItems < 1 || maxTokens < 1 || !(weight > 0)) {
            throw new IllegalArgumentException("expected positive settings, got " + sloNanos + " ns, " + maxItems
                    + " items, " + maxTokens + " tokens, weight " + weight);
        }
    }

    /** A model of items of one size. */
    public static Settings ofItems(long sloNanos, long maxItems) {
        return new Settings(CostKind.ITEMS, sloNanos, maxItems, Long.MAX_VALUE, 1, false);
    }

    /** Whether the limits allow a batch of this work. */
    boolean allow(Load load) {
        return load.items() <= maxItems && cost.tokens(load) <= maxTokens;
    }

    /** As much of the work as a single batch may hold. */
    Load limited(Load load) {
        double factor = 1;
        if (load.items() > maxItems) {
            factor = maxItems / load.items();
        }
        if (cost.tokens(load) > maxTokens) {
            factor = Math.min(factor, maxTokens / cost.tokens(load));
        }
        return factor < 1 ? load.times(factor) : load;
    }
}
