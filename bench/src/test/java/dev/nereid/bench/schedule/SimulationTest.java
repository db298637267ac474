package dev.nereid.bench.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.bench.schedule.SimulationRunner.Case;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final SimulationRunner LABORATORY = new SimulationRunner(20_000, 0.01, 3);
    private static final Setup.Triton SINGLE = new Setup.Triton(1, 0, 0);

    private static List<SimulationOutcome> run(Case where, double rate) {
        return LABORATORY.run(where, ArrivalTrace.Pattern.POISSON, rate, Long.MAX_VALUE);
    }

    @Test
    void aTraceHasTheRateAskedFor() {
        for (ArrivalTrace.Pattern pattern : ArrivalTrace.Pattern.values()) {
            ArrivalTrace trace = ArrivalTrace.draw(new double[] {100, 300}, pattern, 100_000, false, 5);
            assertThat(trace.size() / (trace.endNanos() / 1e9)).isCloseTo(400, Percentage.withPercentage(5));
            long second = IntStream.range(0, trace.size()).map(trace::model).sum();
            assertThat(second / 100_000.0).isCloseTo(0.75, within(0.01));
        }
    }

    @Test
    void aLoneRequestTakesTheTimeOfItsCurve() {
        Case idle = Case.of(Setup.triton(new Setup.Triton(8, 0, 0), Curve.WIDE, 50));
        assertThat(run(idle, 2).getFirst().medianMillis()).isCloseTo(4.25, within(0.05));
    }

    @Test
    void aDelayIsPaidByALoneRequest() {
        Case idle = Case.of(Setup.triton(new Setup.Triton(8, 5, 0), Curve.WIDE, 50));
        assertThat(run(idle, 2).getFirst().medianMillis()).isCloseTo(9.25, within(0.05));
    }

    @Test
    void waitsAreThoseOfQueueingTheory() {
        // One at a time, 4.25 ms each, half busy: half a service time on average waits before a request (M/D/1); the
        // median wait is below the mean.
        Case single = Case.of(Setup.triton(SINGLE, Curve.WIDE, 1000));
        assertThat(run(single, 500 / 4.25).getFirst().medianMillis()).isBetween(4.3, 4.25 + 2.125);
    }

    @Test
    void instancesAreAsFastAsTheyAreMany() {
        Case one = Case.of(Setup.triton(SINGLE, Curve.WIDE, 50));
        Case two = Case.of(Setup.triton(SINGLE, Curve.WIDE, 50).withInstances(2));
        double single = LABORATORY.maxRate(one, ArrivalTrace.Pattern.POISSON);
        assertThat(single).isBetween(150.0, 1000 / 4.25);
        assertThat(LABORATORY.maxRate(two, ArrivalTrace.Pattern.POISSON)).isBetween(2 * single, 2000 / 4.25);
    }

    @Test
    void batchesAtOnceShareTheDeviceAndBatchesInOrderWait() {
        Setup setup = Setup.triton(SINGLE, Curve.WIDE, 1000);
        for (Sharing sharing : List.of(Sharing.AT_ONCE, Sharing.IN_ORDER, Sharing.FEWEST_FIRST)) {
            Case both = new Case(Collections.nCopies(2, setup), List.of(0.5, 0.5), sharing);
            assertThat(LABORATORY.maxRate(both, ArrivalTrace.Pattern.POISSON))
                    .as(sharing.name())
                    .isBetween(0.9 * 1000 / 4.25, 1.02 * 1000 / 4.25);
        }
    }

    @Test
    void theSameSeedGivesTheSameRunAndAnotherAnother() {
        Case model = Case.of(Setup.adaptive(64, Curve.WIDE, 20));
        SimulationRunner other = new SimulationRunner(20_000, 0.01, 4);
        double goodput = LABORATORY.goodput(model, 3000);
        assertThat(LABORATORY.goodput(model, 3000)).isEqualTo(goodput);
        assertThat(other.goodput(model, 3000)).isNotEqualTo(goodput).isCloseTo(goodput, Percentage.withPercentage(5));
    }

    @Test
    void theSearchFindsTheLastRateThatIsServed() {
        assertThat(MaxRate.find(rate -> rate <= 777, 100, 0.001)).isCloseTo(777, within(1.0));
        assertThat(MaxRate.find(rate -> rate <= 7, 1000, 0.001)).isCloseTo(7, within(0.1));
        assertThat(MaxRate.find(_ -> false, 1000, 0.001)).isZero();
    }
}
