package dev.nereid.server.schedule.adaptive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class CostModelTest {
    private static final double MILLI = 1e6;
    private final Random random = new Random(7);

    private CostModel learn(CostModel cost, int executions, double noise, ToDoubleFunction<WorkSize> nanos, int most) {
        for (int i = 0; i < executions; i++) {
            WorkSize load = WorkSize.NONE;
            int items = 1 + random.nextInt(most);
            for (int item = 0; item < items; item++) {
                load = load.plus(WorkSize.ofTokens(1, 4 + random.nextInt(500)));
            }
            cost.observe(load, nanos.applyAsDouble(load) * (1 + noise * random.nextGaussian()));
        }
        return cost;
    }

    private static double line(WorkSize load) {
        return 4 * MILLI + 0.25 * MILLI * load.items();
    }

    private static double texts(WorkSize load) {
        return 3 * MILLI + 0.01 * MILLI * load.tokens() + 4 * load.squares();
    }

    @Test
    void isReadyAfterSomeExecutions() {
        CostModel cost = new CostModel(CostKind.ITEMS);
        learn(cost, CostModel.SAMPLES - 1, 0, CostModelTest::line, 8);
        assertThat(cost.ready()).isFalse();
        learn(cost, 1, 0, CostModelTest::line, 8);
        assertThat(cost.ready()).isTrue();
    }

    @Test
    void learnsALineFromNoisyTimes() {
        CostModel cost = learn(new CostModel(CostKind.ITEMS), 500, 0.05, CostModelTest::line, 64);
        assertThat(cost.meanFixedNanos()).isCloseTo(4 * MILLI, Percentage.withPercentage(10));
        assertThat(cost.meanWorkNanos(WorkSize.of(64))).isCloseTo(16 * MILLI, Percentage.withPercentage(5));
    }

    @Test
    void learnsWhatTextsCost() {
        CostModel cost = learn(new CostModel(CostKind.TOKENS), 500, 0.05, CostModelTest::texts, 32);
        WorkSize load = WorkSize.ofTokens(4, 100).plus(WorkSize.ofTokens(1, 400));
        assertThat(cost.meanFixedNanos() + cost.meanWorkNanos(load))
                .isCloseTo(texts(load), Percentage.withPercentage(10));
    }

    @Test
    void nineOfTenExecutionsAreShorterThanPredicted() {
        CostModel cost = learn(new CostModel(CostKind.ITEMS), 2000, 0.05, CostModelTest::line, 64);
        int shorter = 0;
        for (int i = 0; i < 1000; i++) {
            WorkSize load = WorkSize.of(1 + random.nextInt(64));
            if (line(load) * (1 + 0.05 * random.nextGaussian()) <= cost.nanos(load)) {
                shorter++;
            }
        }
        assertThat(shorter).isCloseTo(900, within(60));
    }

    @Test
    void whatManyEqualBatchesTellNothingAboutStays() {
        CostModel cost = learn(new CostModel(CostKind.ITEMS), 300, 0.05, CostModelTest::line, 64);
        for (int i = 0; i < 20_000; i++) {
            WorkSize load = WorkSize.of(1);
            cost.observe(load, line(load) * (1 + 0.05 * random.nextGaussian()));
        }
        assertThat(cost.meanWorkNanos(WorkSize.of(64))).isCloseTo(16 * MILLI, Percentage.withPercentage(50));
    }

    @Test
    void followsAModelThatBecomesSlower() {
        CostModel cost = learn(new CostModel(CostKind.ITEMS), 500, 0.05, CostModelTest::line, 64);
        learn(cost, 2000, 0.05, load -> 2 * line(load), 64);
        assertThat(cost.meanFixedNanos() + cost.meanWorkNanos(WorkSize.of(64)))
                .isCloseTo(40 * MILLI, Percentage.withPercentage(10));
    }

    @Test
    void noPartIsNegative() {
        CostModel cost = new CostModel(CostKind.ITEMS);
        for (int i = 0; i < 100; i++) {
            int items = 1 + i % 8;
            cost.observe(WorkSize.of(items), MILLI / items);
        }
        assertThat(cost.fixedNanos()).isPositive();
        assertThat(cost.workNanos(WorkSize.of(8))).isNotNegative();
    }

    @Test
    void timesOfZeroSayNothing() {
        CostModel cost = learn(new CostModel(CostKind.ITEMS), 100, 0, CostModelTest::line, 8);
        double before = cost.nanos(WorkSize.of(4));
        cost.observe(WorkSize.of(4), 0);
        assertThat(cost.nanos(WorkSize.of(4))).isEqualTo(before);
    }
}
