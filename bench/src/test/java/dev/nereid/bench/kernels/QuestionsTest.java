package dev.nereid.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.bench.LocalKernels;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuestionsTest {
    /** Keeps what a test allocates from being left out by the compiler. */
    private static volatile float[] consumed = {};

    /** Sizes that take next to no time, with tails in every dimension. */
    private static final Map<String, String> SMALL = Map.ofEntries(
            Map.entry("gemm", "7x19x5"),
            Map.entry("int8", "3x17x9"),
            Map.entry("conv", "3x6x7x5x3x2"),
            Map.entry("layer", "16x6x7x24x3x1"),
            Map.entry("depthwise", "4x6x7x3x1"),
            Map.entry("pool", "17x6x7x3x2"),
            Map.entry("attention", "2x5x8"),
            Map.entry("lstm", "3x2x5x6"),
            Map.entry("layernorm", "3x17"),
            Map.entry("softmax", "3x17"),
            Map.entry("gelu", "37"),
            Map.entry("transpose", "5x3x2"),
            Map.entry("chain", "3x17"));

    static List<Question> questions() {
        return Questions.all();
    }

    @ParameterizedTest
    @MethodSource("questions")
    void everyCandidateAgreesAndOneIsThePickForEachQuestion(Question question) {
        Problem problem = question.problem(Objects.requireNonNull(SMALL.get(question.family())));
        List<KernelComparison.Row> rows =
                new KernelComparison(problem, Candidate.all(), LocalKernels.selection()).run(0.01);
        for (Form form : problem.forms()) {
            List<KernelComparison.Row> answers =
                    rows.stream().filter(row -> row.form().equals(form)).toList();
            assertThat(answers).hasSizeGreaterThan(1).allMatch(row -> row.seconds() > 0 && row.seconds() < 60);
            assertThat(rows.stream().filter(row -> row.pick() && row.form().isAlternative(form)))
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("questions")
    void sizesOfRealModelsAreUnderstood(Question question) {
        assertThat(question.shapes()).isNotEmpty();
        assertThat(question.sizes().split("x", -1))
                .hasSameSizeAs(question.shapes().getFirst().split("x", -1));
    }

    @Test
    void wrongSizesAreNamed() {
        assertThatThrownBy(() -> Questions.of("gemm").problem("16x16"))
                .hasMessage("gemm '16x16': expected MxNxK, such as 16x384x384");
        assertThatThrownBy(() -> Questions.of("gemm").problem("16x0x4")).hasMessageContaining("16x0x4");
        assertThatThrownBy(() -> Questions.of("gem")).hasMessageContaining("expected one of gemm, int8, ");
    }

    @Test
    void kernelThatComputesSomethingElseIsCaught() {
        Problem problem = Questions.of("gelu").problem("8");
        KernelRun wrong = new KernelRun(() -> {}, () -> new double[8]);
        Form form = problem.forms().getFirst();
        assertThatThrownBy(() -> Agreements.difference(
                        problem, form, Candidate.of("chosen", form), wrong, Agreements.oracle(form)))
                .hasMessageContaining("differs from the scalar kernels by 1.0");
    }

    @Test
    void checkNamesAKernelThatBoxesAndAProductFarBelowThePeak() {
        Problem problem = Questions.of("gemm").problem("10x10x10");
        Form packed = problem.forms().getFirst();
        Candidate candidate = Candidate.all().getLast();
        // 2,000 operations in a microsecond.
        KernelComparison.Row boxed = new KernelComparison.Row(packed, candidate, 0, 1e-7, 1 << 20, true);
        KernelComparison.Row picked = new KernelComparison.Row(packed, candidate, 0, 1e-6, 100, true);
        assertThat(KernelCheck.problems(problem, List.of(boxed), 2.6e9))
                .singleElement()
                .asString()
                .contains(" allocates 1048576 bytes a computation, expected at most 16384: its vectors are boxed");
        assertThat(KernelCheck.problems(problem, List.of(picked), 2.6e9))
                .singleElement()
                .asString()
                .endsWith(" reaches 77 % of the peak, expected at least 80 %");
        assertThat(KernelCheck.problems(problem, List.of(picked), 2.4e9)).isEmpty();
        KernelComparison.Row passedOver = new KernelComparison.Row(packed, candidate, 0, 1, 1 << 20, false);
        assertThat(KernelCheck.problems(problem, List.of(passedOver), 2.6e9)).isEmpty();
        assertThat(KernelCheck.notes(List.of(passedOver))).hasSize(1);
        Form other = problem.forms().getLast();
        KernelComparison.Row slower = new KernelComparison.Row(other, candidate, 0, 1e-5, 100, true);
        assertThat(KernelCheck.problems(problem, List.of(slower), 2.6e9)).isEmpty();
    }

    @Test
    void whatIsBoxedIsSeenAsAllocated() {
        Problem problem = Questions.of("gelu").problem("8");
        Form form = problem.forms().getFirst();
        Form allocating = new Form(form.name(), form.slot(), form.layers(), false, set -> {
                    KernelRun right = form.trial().apply(set);
                    return new KernelRun(
                            () -> {
                                consumed = new float[1 << 16];
                                right.run().run();
                            },
                            right.result());
                })
                .within(form.tolerance());
        Problem boxing = new Problem(problem.text(), 1, problem.unit(), List.of(allocating));
        List<KernelComparison.Row> rows =
                new KernelComparison(boxing, Candidate.all(), LocalKernels.selection()).run(0.01);
        assertThat(rows).allMatch(row -> row.allocatedBytes() >= 4 << 16);
        assertThat(KernelCheck.problems(boxing, rows, 1e9)).hasSize(1);
        assertThat(KernelCheck.notes(rows)).hasSize(rows.size() - 2);
    }

    @Test
    void differenceIsAShareOfTheLargestNumber() {
        assertThat(Difference.largest(new double[] {1, -4}, new double[] {1, -5}))
                .isEqualTo(0.2);
        assertThat(Difference.largest(new double[] {Double.NaN}, new double[] {Double.NaN}))
                .isZero();
        assertThat(Difference.largest(new double[] {Double.NaN}, new double[] {1}))
                .isInfinite();
        assertThat(Difference.largest(new double[] {1}, new double[] {1, 1})).isInfinite();
    }
}
