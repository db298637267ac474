package dev.nereid.server.schedule.adaptive;

import java.util.Objects;

/**
 * A model's settings of the adaptive policy.
 *
 * @param cost what its execution time grows with
 * @param sloNanos when an answer is due after its request; {@link AdaptiveRequest#NEVER} for no matter when
 * @param maxItems items in a batch, at least 1
 * @param maxTokens tokens in a batch; {@link Long#MAX_VALUE} for no limit
 * @param weight its share of a device that is overloaded, beside the weights of others; above 0
 * @param keepOrder whether requests run in the order of arrival
 */
public record AdaptiveSettings(
        CostKind cost, long sloNanos, long maxItems, long maxTokens, double weight, boolean keepOrder) {
    public AdaptiveSettings {
        Objects.requireNonNull(cost, "cost");
        if (sloNanos <= 0 || maxItems < 1 || maxTokens < 1 || !(weight > 0)) {
            throw new IllegalArgumentException("expected positive settings, got " + sloNanos + " ns, " + maxItems
                    + " items, " + maxTokens + " tokens, weight " + weight);
        }
    }

    /** A model of items of one size. */
    public static AdaptiveSettings ofItems(long sloNanos, long maxItems) {
        return new AdaptiveSettings(CostKind.ITEMS, sloNanos, maxItems, Long.MAX_VALUE, 1, false);
    }

    /** Whether the limits allow a batch of this work. */
    boolean allow(WorkSize load) {
        return load.items() <= maxItems && cost.tokens(load) <= maxTokens;
    }

    /** As much of the work as a single batch may hold. */
    WorkSize limited(WorkSize load) {
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
