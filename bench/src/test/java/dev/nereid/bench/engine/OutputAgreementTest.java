package dev.nereid.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OutputAgreementTest {
    private static List<double[]> output(double... values) {
        return List.of(values);
    }

    @Test
    void roundingIsNoDifference() {
        assertThat(OutputAgreement.difference(output(1, 2, 3), output(1.001, 2, 2.999)))
                .isEmpty();
    }

    @Test
    void turnedOutputIsNamed() {
        List<double[]> ours = List.of(new double[] {1, 2}, new double[] {1, 0});
        List<double[]> theirs = List.of(new double[] {1, 2}, new double[] {0, 1});
        assertThat(OutputAgreement.difference(ours, theirs))
                .hasValueSatisfying(text -> assertThat(text).startsWith("output 1: cosine 0.0"));
    }

    @Test
    void outputOfTwiceTheLengthDiffers() {
        assertThat(OutputAgreement.difference(output(2, 4), output(1, 2))).isPresent();
    }

    @Test
    void zerosAgreeWithZerosAlone() {
        assertThat(OutputAgreement.difference(output(0, 0), output(0, 0))).isEmpty();
        assertThat(OutputAgreement.difference(output(0, 0), output(0, 1))).isPresent();
    }

    @Test
    void infinitiesMustBeInTheSamePlace() {
        double infinity = Double.POSITIVE_INFINITY;
        assertThat(OutputAgreement.difference(output(1, infinity), output(1, infinity)))
                .isEmpty();
        assertThat(OutputAgreement.difference(output(1, 2), output(1, infinity)))
                .isPresent();
        assertThat(OutputAgreement.difference(output(1, Double.NaN), output(1, 2)))
                .isPresent();
    }

    @Test
    void otherNumberOfOutputsOrValuesDiffers() {
        assertThat(OutputAgreement.difference(output(1), List.of())).isPresent();
        assertThat(OutputAgreement.difference(output(1), output(1, 1))).isPresent();
    }
}
