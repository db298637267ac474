package dev.nereid.bench.questions;

import dev.nereid.bench.kernels.Agreements;
import dev.nereid.bench.kernels.Candidate;
import dev.nereid.bench.kernels.Form;
import dev.nereid.bench.kernels.KernelRun;
import dev.nereid.bench.kernels.Problem;
import dev.nereid.bench.kernels.Questions;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast is a kernel? Before anything is timed it is compared with the scalar kernels. A product with packed weights goes
 * round over copies that no cache holds. How fast compiled code is differs from process to process, hence five of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(5)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class Kernel {
    /** FAMILY/SIZES as {@code nereid bench kernels} has them, and the form where a question has several. */
    @Param({
        "gemm/16x384x384/packed",
        "gemm/16x384x384/as it lies",
        "gemm/128x384x1536/packed",
        "gemm/128x384x1536/as it lies",
        "int8/16x384x384",
        "int8/128x1536x384",
        "conv/32x112x112x16x1x1",
        "conv/96x28x28x24x1x1",
        "conv/16x32x32x16x3x1",
        "conv/64x56x56x64x3x1",
        "depthwise/144x56x56x3x1",
        "depthwise/96x112x112x3x2",
        "attention/12x16x32",
        "attention/12x128x32",
        "lstm/64x1x128x128",
        "lstm/64x8x128x128",
        "layernorm/16x384",
        "layernorm/128x384",
        "softmax/192x16",
        "softmax/1536x128",
        "gelu/24576",
        "gelu/196608",
        "transpose/128x12x32",
        "transpose/64x3136x1",
        "chain/16x384",
        "chain/128x1536"
    })
    public String question = "";

    /** The layer whose kernels answer; {@code chosen} is the highest that this machine has for the question. */
    @Param("chosen")
    public String layer = "chosen";

    private @Nullable KernelRun trial;

    /**
     * Makes the operands and checks the answer.
     *
     * @throws IllegalStateException if the kernels disagree with the scalar ones
     */
    @Setup
    public void prepare() {
        String[] parts = question.split("/", 3);
        if (parts.length < 2) {
            throw new IllegalArgumentException(
                    "question '" + question + "': expected FAMILY/SIZES, such as gelu/24576");
        }
        Problem problem = Questions.of(parts[0]).problem(parts[1]);
        String form = parts.length < 3 ? "" : parts[2];
        Form asked = problem.forms().stream()
                .filter(each -> each.name().equals(form))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(parts[0] + " has no form '" + form + "'"));
        trial = Agreements.checked(problem, asked, Candidate.of(layer, asked));
    }

    /** Runs the trial: one or more computations. */
    @Benchmark
    public void compute() {
        if (trial == null) {
            throw new IllegalStateException("the question was not prepared");
        }
        trial.run().run();
    }
}
