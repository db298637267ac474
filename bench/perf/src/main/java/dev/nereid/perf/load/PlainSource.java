package dev.nereid.perf.load;

import dev.nereid.perf.client.Payload;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests that have nothing to do with each other: in turns, or drawn by weight where the weights differ. */
public final class PlainSource implements RequestSource {
    private static final int DRAWS = 8192;

    private final List<Next> requests;
    private final int[] order;
    private final AtomicInteger count = new AtomicInteger();

    /**
     * A source of requests.
     *
     * @param weights one a payload
     * @param seed of the draws
     */
    public PlainSource(List<Payload> payloads, List<Double> weights, long seed) {
        requests = payloads.stream().map(payload -> new Next(payload, false)).toList();
        order = weights.stream().distinct().count() <= 1 ? turns(payloads.size()) : draws(weights, seed);
    }

    @Override
    public Next next(int slot) {
        return requests.get(order[Math.floorMod(count.getAndIncrement(), order.length)]);
    }

    private static int[] turns(int length) {
        int[] order = new int[length];
        for (int i = 0; i < length; i++) {
            order[i] = i;
        }
        return order;
    }

    private static int[] draws(List<Double> weights, long seed) {
        double sum = weights.stream().mapToDouble(Double::doubleValue).sum();
        SplittableRandom random = new SplittableRandom(seed);
        int[] order = new int[DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            double left = random.nextDouble() * sum;
            int choice = 0;
            while (choice < weights.size() - 1 && left >= weights.get(choice)) {
                left -= weights.get(choice++);
            }
            order[i] = choice;
        }
        return order;
    }
}
