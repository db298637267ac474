package dev.nereid.bench.kernels;

import dev.nereid.bench.CodeWarmup;
import dev.nereid.kernels.KernelSet;

/** The check that comes before any timing: whether kernels compute what the scalar ones do. */
public final class Agreements {
    private static final double COMPILING_SECONDS = 0.5;

    private Agreements() {}

    /**
     * The trial of a candidate, after it was compared cold and, in bounded time, compiled.
     *
     * @throws IllegalStateException if it disagrees with the scalar kernels
     */
    public static KernelRun checked(Problem problem, Form form, Candidate candidate) {
        double[] oracle = oracle(form);
        KernelRun trial = form.trial().apply(candidate.kernels());
        trial.run().run();
        difference(problem, form, candidate, trial, oracle);
        CodeWarmup.run(trial.run(), COMPILING_SECONDS);
        difference(problem, form, candidate, trial, oracle);
        return trial;
    }

    /** What the scalar kernels compute. */
    static double[] oracle(Form form) {
        KernelRun trial = form.trial().apply(KernelSet.scalar());
        trial.run().run();
        return trial.result().get();
    }

    /**
     * How far the last run of a trial was from the scalar kernels, as a share of their largest number.
     *
     * @throws IllegalStateException if that is more than rounding
     */
    static double difference(Problem problem, Form form, Candidate candidate, KernelRun trial, double[] oracle) {
        double difference = Difference.largest(trial.result().get(), oracle);
        if (difference > form.tolerance()) {
            throw new IllegalStateException(problem.text() + ", " + form.name() + " " + candidate.layer() + " ("
                    + candidate.detail() + "): differs from the scalar kernels by " + difference
                    + " of the largest number, allowed are " + form.tolerance());
        }
        return difference;
    }
}
