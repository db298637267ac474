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
    /** Sizes that take next to no time, with tails in every dimension. */
    private static final Map<String, String> SMALL = Map.ofEntries(
            Map.entry("gemm", "7x19x5"),
            Map.entry("int8", "3x17x9"),
            Map.entry("conv", "3x6x7x5x3x2"),
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
    void everyCandidateAgreesAndOnePerFormIsThePick(Question question) {
        Problem problem = question.problem(Objects.requireNonNull(SMALL.get(question.family())));
        List<KernelComparison.Row> rows =
                new KernelComparison(problem, Candidate.all(), LocalKernels.selection()).run(0.01);
        for (Form form : problem.forms()) {
            List<KernelComparison.Row> answers =
                    rows.stream().filter(row -> row.form().equals(form)).toList();
            assertThat(answers).hasSizeGreaterThan(1).allMatch(row -> row.seconds() > 0 && row.seconds() < 60);
            assertThat(answers.stream().filter(KernelComparison.Row::pick)).hasSize(1);
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
        Trial wrong = new Trial(() -> {}, () -> new double[8]);
        Form form = problem.forms().getFirst();
        assertThatThrownBy(() -> Agreements.difference(
                        problem, form, Candidate.of("chosen", form), wrong, Agreements.oracle(form)))
                .hasMessageContaining("differs from the scalar kernels by 1.0");
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
