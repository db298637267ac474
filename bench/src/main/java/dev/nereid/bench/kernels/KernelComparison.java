package dev.nereid.bench.kernels;

import com.sun.management.ThreadMXBean;
import dev.nereid.bench.CodeWarmup;
import dev.nereid.kernels.KernelSelection;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures every candidate for a problem on one thread. Each is compared with the scalar kernels, cold and compiled,
 * before anything is timed. Then they take turns, and each counts with its least processor time, so that a busy machine
 * spoils little.
 */
public final class KernelComparison {
    /**
     * What was measured of a candidate.
     *
     * @param difference to the scalar kernels, as a share of their largest number
     * @param seconds of one computation
     * @param allocatedBytes of one computation, on the heap
     * @param pick whether a server on this machine takes it
     */
    public record Row(
            Form form, Candidate candidate, double difference, double seconds, long allocatedBytes, boolean pick) {}

    private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    private static final long SAMPLE_NANOS = 200_000;
    private static final int MOST_RUNS = 10_000;

    private static final int PEAK_ROUNDS = 20_000;

    private final Problem problem;
    private final List<Candidate> candidates;
    private final KernelSelection selection;
    private final List<Contestant> contestants = new ArrayList<>();
    private final Contestant peak =
            new Contestant(new KernelRun(() -> consume(MultiplyAddPeak.run(PEAK_ROUNDS)), () -> new double[0]));

    /** A trial, and the least time it has taken and the least it has allocated: a compiler may still be at work at first. */
    private static final class Contestant {
        private final KernelRun trial;
        private int runs = 1;
        private double best = Double.POSITIVE_INFINITY;
        private long allocated = Long.MAX_VALUE;

        Contestant(KernelRun trial) {
            this.trial = trial;
        }

        void warmUp(double seconds) {
            long start = System.nanoTime();
            long done = CodeWarmup.run(trial.run(), seconds);
            runs = Math.clamp(SAMPLE_NANOS * done / Math.max(1, System.nanoTime() - start), 1, MOST_RUNS);
        }

        void measure() {
            long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
            long start = THREADS.getCurrentThreadCpuTime();
            for (int i = 0; i < runs; i++) {
                trial.run().run();
            }
            double nanos = Math.max(1, THREADS.getCurrentThreadCpuTime() - start);
            best = Math.min(best, nanos / runs / 1e9);
            allocated = Math.min(allocated, (THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore) / runs);
        }
    }

    /** @param candidates kernels that are measured where they have something of their own */
    public KernelComparison(Problem problem, List<Candidate> candidates, KernelSelection selection) {
        this.problem = problem;
        this.candidates = List.copyOf(candidates);
        this.selection = selection;
    }

    /**
     * Measures for about {@code seconds}, after two warm-ups of about as long.
     *
     * @throws IllegalStateException if a candidate disagrees with the scalar kernels
     */
    public List<Row> run(double seconds) {
        List<Row> rows = new ArrayList<>();
        for (Form form : problem.forms()) {
            double[] oracle = Agreements.oracle(form);
            for (Candidate candidate : candidates) {
                if (candidate.answers(form)) {
                    Contestant contestant = new Contestant(form.trial().apply(candidate.kernels()));
                    double difference = check(form, candidate, contestant, oracle, seconds);
                    contestants.add(contestant);
                    rows.add(new Row(form, candidate, difference, 0, 0, candidate.isPick(form, selection)));
                }
            }
        }
        // Classes that one brings can undo what was compiled for those before it.
        contestants.forEach(contestant -> contestant.warmUp(share(seconds)));
        peak.warmUp(share(seconds));
        long end = System.nanoTime() + (long) (seconds * 1e9);
        do {
            contestants.forEach(Contestant::measure);
            peak.measure();
        } while (System.nanoTime() < end);
        List<Row> measured = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            Contestant contestant = contestants.get(i);
            measured.add(new Row(
                    row.form(), row.candidate(), row.difference(), contestant.best, contestant.allocated, row.pick()));
        }
        return measured;
    }

    /** The most operations a second that one core of this machine was seen to do. */
    public double peak() {
        return MultiplyAddPeak.operations(PEAK_ROUNDS) / peak.best;
    }

    private double check(Form form, Candidate candidate, Contestant contestant, double[] oracle, double seconds) {
        contestant.trial.run().run();
        double cold = Agreements.difference(problem, form, candidate, contestant.trial, oracle);
        contestant.warmUp(share(seconds));
        return Math.max(cold, Agreements.difference(problem, form, candidate, contestant.trial, oracle));
    }

    private double share(double seconds) {
        return seconds / (candidates.size() + 1);
    }

    private static void consume(float result) {
        if (Float.isNaN(result)) {
            throw new IllegalStateException("the chains ran away");
        }
    }
}
