package dev.nereid.bench.questions;

import dev.nereid.bench.kernels.Agreements;
import dev.nereid.bench.kernels.Candidate;
import dev.nereid.bench.kernels.Form;
import dev.nereid.bench.kernels.KernelRun;
import dev.nereid.bench.kernels.Problem;
import dev.nereid.bench.kernels.Questions;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What all questions share: a layer of kernels, a trial of its, and the check that it agrees with the scalar kernels. How
 * fast compiled code is differs from process to process, hence five of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(5)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public abstract class KernelQuestion {
    /** The layer whose kernels answer; {@code chosen} is the highest that this machine has for the question. */
    @Param("chosen")
    public String layer = "chosen";

    private @Nullable KernelRun trial;

    /**
     * Makes the operands and checks the answer; each question calls it from its set-up.
     *
     * @param form which form of the question, empty where there is one only
     * @throws IllegalStateException if the kernels disagree with the scalar ones
     */
    final void prepare(String family, String shape, String form) {
        Problem problem = Questions.of(family).problem(shape);
        Form asked = problem.forms().stream()
                .filter(each -> each.name().equals(form))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(family + " has no form '" + form + "'"));
        trial = Agreements.checked(problem, asked, Candidate.of(layer, asked));
    }

    /** Runs the trial: one or more computations. */
    final void compute() {
        if (trial == null) {
            throw new IllegalStateException("the question was not prepared");
        }
        trial.run().run();
    }
}
