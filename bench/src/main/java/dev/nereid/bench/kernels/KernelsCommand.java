package dev.nereid.bench.kernels;

import dev.nereid.bench.LocalKernels;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nereid bench kernels}: every kernel that could do a job, side by side. */
@Command(
        name = "kernels",
        mixinStandardHelpOptions = true,
        description = {
            "Prints every candidate kernel for a job: its rate, the share of the machine's measured peak, its agreement"
                    + " with the scalar kernels, and which one a server takes.",
            "Families and their sizes:",
            "  gemm MxNxK, int8 MxNxK, attention HxTxE (heads, tokens, elements), lstm TxBxIxH (steps, batch, input, hidden)",
            "  conv CxHxWxFxKxS (channels, height, width, filters, kernel, stride), depthwise CxHxWxKxS",
            "  layer CxHxWxFxKxS: the same as conv, with the channels last as networks have it, by each algorithm",
            "  layernorm RxC, softmax RxC, chain RxC (rows, columns), gelu E, transpose RxCxE"
        })
public final class KernelsCommand implements Callable<Integer> {
    @Option(names = "--seconds", defaultValue = "5", description = "Seconds of measuring a shape (default 5).")
    private double seconds = 5;

    @Option(
            names = "--check",
            description = {
                "Of each family the largest sizes alone; fails where a kernel that a server takes allocates as much as vectors in"
                        + " boxes do, or such a product stays below 80 %% of the peak. A busy machine may need several"
                        + " attempts."
            })
    private boolean check;

    @Parameters(index = "0", paramLabel = "FAMILY", description = "What is to be computed; 'all' for every family.")
    private String family = "";

    @Parameters(
            index = "1..*",
            paramLabel = "SIZES",
            description = "Sizes, such as 128x384x1536; default: some of real models.")
    private List<String> shapes = List.of();

    @Override
    public Integer call() {
        if (!(seconds > 0)) {
            throw new IllegalArgumentException("--seconds: expected a number above 0, got " + seconds);
        }
        if (family.equals("all")) {
            if (!shapes.isEmpty()) {
                throw new IllegalArgumentException("kernels all: expected no sizes, got " + shapes);
            }
            return Questions.all().stream()
                    .mapToInt(question -> ask(question, usual(question)))
                    .max()
                    .orElse(0);
        }
        Question question = Questions.of(family);
        return ask(question, shapes.isEmpty() ? usual(question) : shapes);
    }

    private List<String> usual(Question question) {
        List<String> all = question.shapes();
        return check ? List.of(all.getLast()) : all;
    }

    /** The exit code. */
    private int ask(Question question, List<String> sizes) {
        boolean wrong = false;
        for (String shape : sizes) {
            wrong |= !ask(question, shape);
        }
        return wrong ? 1 : 0;
    }

    /** Whether nothing is wrong that was to be checked. */
    private boolean ask(Question question, String shape) {
        Problem problem = question.problem(shape);
        KernelComparison comparison = new KernelComparison(problem, Candidate.all(), LocalKernels.selection());
        List<KernelComparison.Row> rows = comparison.run(seconds);
        KernelReport.print(question, shape, problem, rows, comparison.peak(), System.out);
        if (check) {
            KernelCheck.notes(rows).forEach(each -> System.out.println("note: " + each));
        }
        List<String> problems = check ? KernelCheck.problems(problem, rows, comparison.peak()) : List.of();
        problems.forEach(each -> System.out.println("WRONG: " + question.family() + " " + shape + ", " + each));
        return problems.isEmpty();
    }
}
