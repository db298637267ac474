package dev.nereid.bench.text;

import dev.nereid.bench.engine.Statistics;
import dev.nereid.bench.text.TextLoad.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Sends texts to all variants in turns. Between the trials it looks again and again at what the machine can do, for that
 * may change: trials while it is slower than usual say nothing.
 */
final class TextRounds implements AutoCloseable {
    private static final double SHARE = 0.99;
    private static final double OVERLOAD = 1.5;
    private static final double RESOLUTION = 1.05;
    /** The part of the capacity below which no rate is looked for. */
    private static final double LEAST = 0.02;

    private static final int FEWEST = 60;
    private static final int CLIENTS = 48;
    private static final int CAPACITY_TEXTS = 128;
    /** The part of its usual speed at which the machine counts as undisturbed. */
    private static final double STEADY = 0.85;

    private static final int MOST_ATTEMPTS = 4;
    private static final long NO_DEADLINE_MICROS = 600_000_000;

    private final TextBatchingReport.Workload workload;
    private final double seconds;
    /** To the packed model, with time for every answer. */
    private final TextLoad patient;

    private final Map<Variant, TextLoad> loads;
    private final List<Double> capacities = new ArrayList<>();

    private TextRounds(
            TextBatchingReport.Workload workload, double seconds, TextLoad patient, Map<Variant, TextLoad> loads) {
        this.workload = workload;
        this.seconds = seconds;
        this.patient = patient;
        this.loads = loads;
    }

    /**
     * Trials on a server that has the models of all variants.
     *
     * @param seconds length of a trial with a rate
     */
    static TextRounds of(int port, Texts texts, double sloMillis, long seed, double seconds) throws IOException {
        Map<Variant, TextLoad> loads = new LinkedHashMap<>();
        for (Variant variant : Variant.ALL) {
            loads.put(
                    variant,
                    new TextLoad(port, variant.model(), texts.requests(variant.padded(), Map.of()), sloMillis));
        }
        return new TextRounds(
                new TextBatchingReport.Workload(texts.meanTokens(), sloMillis, CLIENTS, seed),
                seconds,
                new TextLoad(
                        port,
                        Variant.PACKED.model(),
                        texts.requests(false, Map.of("timeout", NO_DEADLINE_MICROS)),
                        sloMillis),
                loads);
    }

    /**
     * Measures everything.
     *
     * @param rounds trials of the throughput, and under overload
     */
    TextBatchingReport run(int rounds) throws IOException {
        warmUp();
        Map<Variant, Double> throughputs = throughputs(rounds);
        Map<Variant, Double> most = search();
        double offered = OVERLOAD * capacity();
        Map<Variant, Double> overload = overload(offered, rounds);
        return new TextBatchingReport(workload, capacity(), offered, throughputs, most, overload);
    }

    /** Until the server's code is compiled and its policy has learnt what batches cost. */
    private void warmUp() throws IOException {
        System.err.println("warming up");
        patient.closed(1, FEWEST, workload.seed());
        patient.closed(CLIENTS, 2 * CAPACITY_TEXTS, workload.seed());
        sample();
        for (Variant variant : Variant.ALL) {
            load(variant).open((variant.padded() ? 0.1 : 0.4) * capacity(), FEWEST / 2, workload.seed());
        }
    }

    /** Measures texts a second when as many wait as a batch can hold. */
    private void sample() throws IOException {
        double rate = patient.closed(CLIENTS, CAPACITY_TEXTS, capacities.size());
        System.err.printf(Locale.ROOT, "capacity: %.1f texts a second%n", rate);
        capacities.add(rate);
    }

    /** The median of the samples: they are taken all the while, for the machine may change. */
    private double capacity() {
        return median(capacities);
    }

    /**
     * What each variant does when many clients always wait, relative to the packed one: the median over rounds in which
     * they take turns, so that a machine that changes disturbs both alike.
     */
    private Map<Variant, Double> throughputs(int rounds) throws IOException {
        Map<Variant, List<Double>> ratios = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Variant variant : List.of(Variant.EQUAL, Variant.PADDED)) {
                sample();
                double before = capacities.getLast();
                double rate = load(variant).closed(CLIENTS, variant.padded() ? CLIENTS : CAPACITY_TEXTS, round);
                sample();
                double packed = Math.sqrt(before * capacities.getLast());
                System.err.printf(Locale.ROOT, "%-28s %7.1f a second, packed %.1f%n", variant.name(), rate, packed);
                ratios.computeIfAbsent(variant, _ -> new ArrayList<>()).add(rate / packed);
            }
        }
        Map<Variant, Double> medians = medians(ratios);
        medians.put(Variant.PACKED, 1.0);
        return medians;
    }

    private static Map<Variant, Double> medians(Map<Variant, List<Double>> values) {
        Map<Variant, Double> medians = new LinkedHashMap<>();
        values.forEach((variant, list) -> medians.put(variant, median(list)));
        return medians;
    }

    private static double median(List<Double> values) {
        return Statistics.median(
                values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private Map<Variant, Double> search() throws IOException {
        double capacity = capacity();
        Map<Variant, RateSearch> searches = new LinkedHashMap<>();
        searches.put(Variant.PACKED, new RateSearch(0.85 * capacity, LEAST * capacity, RESOLUTION));
        searches.put(Variant.EQUAL, new RateSearch(0.6 * capacity, LEAST * capacity, RESOLUTION));
        searches.put(Variant.ADAPTIVE_EQUAL, new RateSearch(0.6 * capacity, LEAST * capacity, RESOLUTION));
        searches.put(Variant.BUCKETS, new RateSearch(0.6 * capacity, LEAST * capacity, RESOLUTION));
        searches.put(Variant.PADDED, new RateSearch(0.1 * capacity, LEAST * capacity, RESOLUTION));
        for (int round = 0; searches.values().stream().anyMatch(search -> !search.isDone()); round++) {
            sample();
            for (Map.Entry<Variant, RateSearch> entry : searches.entrySet()) {
                RateSearch search = entry.getValue();
                if (!search.isDone()) {
                    double rate = search.rate();
                    search.tried(met(entry.getKey(), rate, workload.seed() + round));
                }
            }
        }
        Map<Variant, Double> most = new LinkedHashMap<>();
        searches.forEach((variant, search) -> most.put(variant, search.best()));
        return most;
    }

    /** Whether a variant meets a rate. A miss while the machine is slower than usual says nothing, and is tried again. */
    private boolean met(Variant variant, double rate, long trialSeed) throws IOException {
        for (int attempt = 1; ; attempt++) {
            if (trial(variant, rate, trialSeed).share() >= SHARE) {
                return true;
            }
            if (isUndisturbed() || attempt == MOST_ATTEMPTS) {
                return false;
            }
        }
    }

    /** Whether the machine is about as fast now as it was most of the time. */
    private boolean isUndisturbed() throws IOException {
        sample();
        return capacities.getLast() >= STEADY * capacity();
    }

    private Map<Variant, Double> overload(double offered, int rounds) throws IOException {
        Map<Variant, List<Double>> goodputs = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Variant variant : List.of(Variant.PACKED, Variant.EQUAL, Variant.ADAPTIVE_EQUAL, Variant.BUCKETS)) {
                Outcome outcome = trial(variant, offered, workload.seed() + round);
                for (int attempt = 1; attempt < MOST_ATTEMPTS && !isUndisturbed(); attempt++) {
                    outcome = trial(variant, offered, workload.seed() + round);
                }
                goodputs.computeIfAbsent(variant, _ -> new ArrayList<>()).add(outcome.goodput());
            }
        }
        return medians(goodputs);
    }

    private Outcome trial(Variant variant, double rate, long trialSeed) {
        Outcome outcome = load(variant).open(rate, Math.max(FEWEST, Math.round(rate * seconds)), trialSeed);
        System.err.printf(
                Locale.ROOT,
                "%-28s %7.1f a second: %5.1f %% in time, %.1f a second %s%n",
                variant.name(),
                rate,
                100 * outcome.share(),
                outcome.goodput(),
                outcome.firstFailure().isEmpty() ? "" : "(" + outcome.firstFailure() + ")");
        return outcome;
    }

    private TextLoad load(Variant variant) {
        TextLoad load = loads.get(variant);
        if (load == null) {
            throw new IllegalStateException("no load for " + variant);
        }
        return load;
    }

    @Override
    public void close() {
        patient.close();
        loads.values().forEach(TextLoad::close);
    }
}
