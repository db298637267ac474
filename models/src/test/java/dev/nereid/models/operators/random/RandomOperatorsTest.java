package dev.nereid.models.operators.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RandomOperatorsTest {
    private static final long FP16 = 10;
    private static final long FP64 = 11;
    private static final long INT32 = 6;

    private static OperatorCase tensor(String operator) {
        return OperatorCase.of(operator, 22).with("shape", new long[] {100, 100});
    }

    private static double[] numbers(List<String> outputs) {
        String text = outputs.getFirst();
        String list = text.substring(text.lastIndexOf("] [") + 3, text.length() - 1);
        return Arrays.stream(list.split(", ")).mapToDouble(Double::parseDouble).toArray();
    }

    @Test
    void drawsTheSameNumbersForASeedAndOthersWithout() {
        assertThat(tensor("RandomNormal").with("seed", 3f).run())
                .isEqualTo(tensor("RandomNormal").with("seed", 3f).run())
                .isNotEqualTo(tensor("RandomNormal").with("seed", 4f).run());
        assertThat(tensor("RandomNormal").run())
                .isNotEqualTo(tensor("RandomNormal").run());
    }

    @Test
    void hasTheMeanAndTheSpreadOfANormalDistribution() {
        double[] numbers = numbers(tensor("RandomNormal")
                .with("seed", 1f)
                .with("mean", 5f)
                .with("scale", 2f)
                .with("dtype", FP64)
                .run());
        double mean = Arrays.stream(numbers).average().orElseThrow();
        double variance = Arrays.stream(numbers)
                .map(number -> (number - mean) * (number - mean))
                .average()
                .orElseThrow();
        assertThat(mean).isBetween(4.9, 5.1);
        assertThat(Math.sqrt(variance)).isBetween(1.9, 2.1);
    }

    @Test
    void neverReachesTheUpperBound() {
        double[] numbers = numbers(tensor("RandomUniform")
                .with("low", 1f)
                .with("high", 1.0000001f)
                .with("seed", 1f)
                .run());
        assertThat(Arrays.stream(numbers)).allMatch(number -> number == 1);
    }

    @Test
    void takesTheShapeOfItsInput() {
        assertThat(OperatorCase.of("RandomUniformLike", 1)
                        .data(Tensors.counting(2, 0, 3))
                        .with("dtype", FP16)
                        .run())
                .containsExactly("FP16[2,0,3] []");
    }

    @Test
    void needsADatatypeWhereTheInputHasIntegers() {
        assertThatThrownBy(() -> OperatorCase.of("RandomUniformLike", 1)
                        .data(Tensors.longs(1))
                        .run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'dtype': expected a float datatype, got INT64");
    }

    @Test
    void needsAShape() {
        assertThatThrownBy(() -> OperatorCase.of("RandomNormal", 1).run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'shape' is missing");
    }

    @Test
    void drawsOnesAsOftenAsTheProbabilitySays() {
        OperatorCase.of("Bernoulli", 15)
                .data(Tensors.floats(new float[] {0, 1, 1, 0, Float.NaN}))
                .with("dtype", INT32)
                .gives(Tensors.ints(0, 1, 1, 0, 0));
        float[] third = new float[9000];
        Arrays.fill(third, 1 / 3f);
        double[] numbers = numbers(OperatorCase.of("Bernoulli", 15)
                .data(Tensors.floats(third))
                .with("seed", 2f)
                .run());
        assertThat(Arrays.stream(numbers).sum()).isBetween(2800.0, 3200.0);
    }

    @Test
    void drawsClassesByTheirRelativeProbabilities() {
        float none = Float.NEGATIVE_INFINITY;
        OperatorCase.of("Multinomial", 7)
                .data(Tensors.floats(new float[] {none, 3, none, 700, none, none}, 2, 3))
                .with("sample_size", 2)
                .gives(Tensors.ints(1, 1, 0, 0).withShape(dev.nereid.tensor.Shape.of(2, 2)));
        double[] numbers = numbers(OperatorCase.of("Multinomial", 7)
                .data(Tensors.floats(new float[] {0, (float) Math.log(3)}, 1, 2))
                .with("sample_size", 8000)
                .with("seed", 5f)
                .run());
        assertThat(Arrays.stream(numbers).sum()).isBetween(5800.0, 6200.0);
    }

    @Test
    void refusesToDrawFromNothing() {
        assertThatThrownBy(() -> OperatorCase.of("Multinomial", 7)
                        .data(Tensors.floats(new float[] {Float.NaN, 1}, 1, 2))
                        .run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("row 0 holds no logarithms of probabilities");
    }
}
