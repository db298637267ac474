package dev.nereid.server.schedule.adaptive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdaptiveDeviceTest {
    private static final long MILLI = 1_000_000;
    private static final long SLO = 50 * MILLI;

    private final AdaptiveDevice device = new AdaptiveDevice();
    private long now;

    /** A model of weight {@code weight} whose batches take 4 ms and 0.25 ms an item, which it knows. */
    private AdaptiveModel<String> model(double weight) {
        AdaptiveSettings settings = new AdaptiveSettings(CostKind.ITEMS, SLO, 64, Long.MAX_VALUE, weight, false);
        AdaptiveModel<String> model = new AdaptiveModel<>(settings, _ -> false);
        model.instances(1, 1);
        for (int i = 0; i < CostModel.SAMPLES; i++) {
            model.cost().observe(WorkSize.of(1 + i), 4.0 * MILLI + 0.25 * MILLI * (1 + i));
        }
        device.add(model);
        return model;
    }

    private int arrive(AdaptiveModel<String> model, String name, int count) {
        int refused = 0;
        for (int i = 0; i < count; i++) {
            boolean taken = model.offer(new AdaptiveRequest<>(name + i, "", WorkSize.of(1), now, now + SLO), now)
                    .isEmpty();
            refused += taken ? 0 : 1;
        }
        return refused;
    }

    /** Runs the next batch of a model, if it is its turn, and lets its time pass. */
    private int runNext(AdaptiveModel<String> model, List<Dropped<String>> dropped) {
        return device.next(model, now, dropped)
                .map(batch -> {
                    now += (long) (4.0 * MILLI + 0.25 * MILLI * batch.load().items());
                    device.finished(
                            model,
                            batch,
                            4.0 * MILLI + 0.25 * MILLI * batch.load().items(),
                            now);
                    return batch.requests().size();
                })
                .orElse(0);
    }

    @Test
    void aModelWithinItsShareIsServedInTimeBesideOneThatWantsEverything() {
        AdaptiveModel<String> greedy = model(1);
        AdaptiveModel<String> modest = model(1);
        List<Dropped<String>> droppedModest = new ArrayList<>();
        int greedyRun = 0;
        int modestRun = 0;
        int refused = 0;
        for (int step = 0; step < 2000; step++) {
            // About 6 a millisecond, twice what the device can do, and one each 20 ms.
            arrive(greedy, "g", 120);
            refused += arrive(modest, "m", 1);
            long end = now + 20 * MILLI;
            while (now < end) {
                long before = now;
                greedyRun += runNext(greedy, new ArrayList<>());
                modestRun += runNext(modest, droppedModest);
                if (now == before) {
                    now = end;
                }
            }
        }
        assertThat(refused).isZero();
        assertThat(droppedModest).hasSizeLessThan(20);
        assertThat(modestRun).isGreaterThan(1900);
        assertThat(greedyRun / (now / 1e9)).isGreaterThan(2000);
    }

    @Test
    void modelsAboveTheirShareGetTimeByTheirWeights() {
        AdaptiveModel<String> light = model(1);
        AdaptiveModel<String> heavy = model(3);
        long lightRun = 0;
        long heavyRun = 0;
        for (int step = 0; step < 1000; step++) {
            arrive(light, "l", 120);
            arrive(heavy, "h", 120);
            long end = now + 20 * MILLI;
            while (now < end) {
                long before = now;
                lightRun += runNext(light, new ArrayList<>());
                heavyRun += runNext(heavy, new ArrayList<>());
                if (now == before) {
                    now = end;
                }
            }
        }
        assertThat((double) heavyRun / lightRun).isBetween(2.0, 4.0);
    }

    @Test
    void aBusyDeviceIsNobodysTurn() {
        AdaptiveModel<String> model = model(1);
        arrive(model, "a", 1);
        assertThat(device.turn(now)).hasValue(model);
        assertThat(device.next(model, now, new ArrayList<>())).isPresent();
        arrive(model, "b", 1);
        assertThat(device.turn(now)).isEmpty();
    }
}
