package dev.nereid.bench.schedule;

import dev.nereid.bench.schedule.SimulationRunner.Case;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Several models on one device, equally or unequally in demand. */
final class SeveralModels implements SimulationExperiment {
    private static final int MOST = 64;

    /** Models that get requests in equal parts, or the k-th a k-th of the first's. */
    record Mix(int count, boolean zipf, double sloMillis) {
        List<Double> shares() {
            List<Double> parts = IntStream.rangeClosed(1, count)
                    .mapToObj(rank -> zipf ? 1.0 / rank : 1.0)
                    .toList();
            double sum = parts.stream().mapToDouble(part -> part).sum();
            return parts.stream().map(part -> part / sum).toList();
        }

        Case triton(Sharing sharing) {
            Setup setup = Setup.triton(new Setup.Triton(MOST, 0, 0), Curve.WIDE, sloMillis);
            return new Case(Collections.nCopies(count, setup), shares(), sharing);
        }

        Case adaptive() {
            Setup setup = Setup.adaptive(MOST, Curve.WIDE, sloMillis);
            return new Case(Collections.nCopies(count, setup), shares(), Sharing.OWN);
        }

        @Override
        public String toString() {
            return count + (zipf ? " zipf" : " equal") + ", SLO " + Table.rate(sloMillis) + " ms";
        }
    }

    private static final Mix TWENTY_EQUAL = new Mix(20, false, 100);
    private static final Mix EIGHT_ZIPF = new Mix(8, true, 100);
    private static final List<Mix> MIXES = List.of(
            new Mix(2, false, 50),
            new Mix(8, false, 50),
            new Mix(8, true, 50),
            new Mix(20, true, 50),
            new Mix(8, false, 100),
            TWENTY_EQUAL,
            EIGHT_ZIPF,
            new Mix(20, true, 100),
            new Mix(20, false, 200),
            new Mix(8, true, 200),
            new Mix(20, true, 200));

    @Override
    public Set<String> goals() {
        return Set.of("G5");
    }

    @Override
    public Findings run(SimulationRunner runner, boolean full) {
        Table table = new Table(
                "Requests a second of several models, wide, mb=64",
                "models",
                "Triton, at once",
                "Triton, one after the other",
                "Triton, rate limiter",
                "adaptive",
                "adaptive, in time at 1.5 times that");
        List<Goal> goals = new ArrayList<>();
        for (Mix mix : full ? MIXES : List.of(TWENTY_EQUAL, EIGHT_ZIPF)) {
            double atOnce = runner.maxRate(mix.triton(Sharing.AT_ONCE), ArrivalTrace.Pattern.POISSON);
            double inOrder = runner.maxRate(mix.triton(Sharing.IN_ORDER), ArrivalTrace.Pattern.POISSON);
            double limited = runner.maxRate(mix.triton(Sharing.FEWEST_FIRST), ArrivalTrace.Pattern.POISSON);
            double adaptive = runner.maxRate(mix.adaptive(), ArrivalTrace.Pattern.POISSON);
            table.row(
                    mix.toString(),
                    Table.rate(atOnce),
                    Table.rate(inOrder),
                    Table.rate(limited),
                    Table.rate(adaptive),
                    full ? Table.rate(runner.goodput(mix.adaptive(), 1.5 * adaptive)) : "-");
            double triton = Math.max(atOnce, inOrder);
            if (mix.equals(TWENTY_EQUAL)) {
                goals.add(new Goal("G5", "to Triton; " + mix, adaptive / triton, 3));
                goals.add(new Goal("G5", "to Triton with its rate limiter; " + mix, adaptive / limited, 3));
            }
            if (mix.equals(EIGHT_ZIPF)) {
                goals.add(new Goal("G5", "to Triton; " + mix, adaptive / triton, 1.5));
                goals.add(new Goal("G5", "to Triton with its rate limiter; " + mix, adaptive / limited, 0.97));
            }
        }
        return new Findings(List.of(table), goals);
    }
}
