package dev.nereid.bench.schedule;

import java.util.List;

/**
 * Runs simulations of one size and seed.
 *
 * @param requests in a run
 * @param precision of rates that are searched for, relative
 * @param seed of arrivals, lengths and noise
 */
record SimulationRunner(int requests, double precision, long seed) {
    /** The part of the requests that must be answered in time. */
    static final double QUALITY = 0.99;

    /** Searches for rates begin at this part of a rate that cannot be reached. */
    private static final double START = 0.3;

    /**
     * Models on a machine.
     *
     * @param shares of the requests, a model each, together 1
     */
    record Case(List<Setup> setups, List<Double> shares, Sharing sharing) {
        static Case of(Setup setup) {
            return new Case(List.of(setup), List.of(1.0), Sharing.OWN);
        }

        /** More requests in a second than any policy could serve. */
        double impossibleRate() {
            double millis = 0;
            for (int i = 0; i < shares.size(); i++) {
                Curve curve = setups.get(i).curve();
                // A text has some 70 tokens.
                millis += shares.get(i)
                        * (curve.perItem() + 60 * curve.perToken())
                        / setups.get(i).instances();
            }
            return 1000 / millis;
        }
    }

    /** What becomes of the requests of each model at a total rate. */
    List<SimulationOutcome> run(Case where, ArrivalTrace.Pattern pattern, double rate, long mostLost) {
        double[] rates =
                where.shares().stream().mapToDouble(share -> share * rate).toArray();
        return runAt(where, pattern, rates, mostLost);
    }

    /** What becomes of the requests of each model at rates of their own. */
    List<SimulationOutcome> runAt(Case where, ArrivalTrace.Pattern pattern, double[] rates, long mostLost) {
        boolean texts = where.setups().getFirst().curve().perToken() > 0;
        ArrivalTrace trace = ArrivalTrace.draw(rates, pattern, requests, texts, seed);
        return new Simulation(where.setups(), where.sharing(), trace, seed).run(mostLost);
    }

    /** The largest rate at which {@link #QUALITY} of all requests are answered in time. */
    double maxRate(Case where, ArrivalTrace.Pattern pattern) {
        long mostLost = (long) (requests * (1 - QUALITY));
        return MaxRate.find(
                rate -> quality(run(where, pattern, rate, mostLost)) >= QUALITY,
                START * where.impossibleRate(),
                precision);
    }

    /** Answers in time in a second, at a rate that is too high. */
    double goodput(Case where, double rate) {
        return run(where, ArrivalTrace.Pattern.POISSON, rate, Long.MAX_VALUE).stream()
                .mapToDouble(SimulationOutcome::goodput)
                .sum();
    }

    private static double quality(List<SimulationOutcome> outcomes) {
        double inTime = outcomes.stream().mapToLong(SimulationOutcome::inTime).sum();
        double counted = outcomes.stream().mapToLong(SimulationOutcome::counted).sum();
        return inTime / counted;
    }
}
