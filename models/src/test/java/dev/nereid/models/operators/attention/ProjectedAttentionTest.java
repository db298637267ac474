package dev.nereid.models.operators.attention;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.operators.attention.AttentionReference.Vectors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectedAttentionTest {
    private static final int WIDTH = 6;

    private static AttentionReference reference(int queries, int keys, int valueSize) {
        return new AttentionReference(2, 2, 2, queries, keys, 4, valueSize);
    }

    /** Columns of x * weights + bias from {@code from} on. */
    private static Vectors projected(Tensor x, Tensor weights, Tensor bias, int from, int size) {
        double[] rows = Floats.values(x);
        double[] w = Floats.values(weights);
        double[] b = Floats.values(bias);
        int tokens = (int) x.shape().dim(1);
        int columns = (int) weights.shape().dim(1);
        return (item, head, token, i) -> {
            int column = from + head * size + i;
            double sum = b[column];
            for (int j = 0; j < WIDTH; j++) {
                sum += rows[(item * tokens + token) * WIDTH + j] * w[j * columns + column];
            }
            return sum;
        };
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "FP16, 3e-3", "BF16, 3e-2"})
    void valuesMayHaveAnotherWidth(DataType type, double tolerance) {
        Tensor x = Floats.random(type, 1, 2, 3, WIDTH);
        Tensor weights = Floats.random(type, 2, WIDTH, 22);
        Tensor bias = Floats.random(type, 3, 22);
        Tensor mask = Tensors.ints(1, 1, 0, 1, 1, 1).withShape(Shape.of(2, 3));
        AttentionReference reference = reference(3, 3, 3);
        reference.bias = (item, head, query, key) -> item == 0 && key == 2 ? -10000 : 0;
        double[] y = reference.side(
                projected(x, weights, bias, 0, 4),
                projected(x, weights, bias, 8, 4),
                projected(x, weights, bias, 16, 3));
        OperatorCase.microsoft("Attention")
                .with("num_heads", 2)
                .with("qkv_hidden_sizes", new long[] {8, 8, 6})
                .data(x)
                .argument(weights)
                .argument(bias)
                .data(mask)
                .gives(tolerance, Expected.of(y, 2, 3, 6));
    }

    @Test
    void tokensSeeThePastAndThoseBeforeThem() {
        Tensor x = Floats.floats(1, 2, 2, WIDTH);
        Tensor weights = Floats.floats(2, WIDTH, 24);
        Tensor bias = Floats.floats(3, 24);
        Tensor past = Floats.floats(4, 2, 2, 2, 3, 4);
        double[] cached = Floats.values(past);
        Vectors pastKeys = (item, head, token, i) -> cached[((item * 2 + head) * 3 + token) * 4 + i];
        Vectors pastValues = (item, head, token, i) -> cached[48 + ((item * 2 + head) * 3 + token) * 4 + i];
        Vectors keys = AttentionReference.joined(pastKeys, 3, projected(x, weights, bias, 8, 4));
        Vectors values = AttentionReference.joined(pastValues, 3, projected(x, weights, bias, 16, 4));
        AttentionReference reference = reference(2, 5, 4);
        reference.bias = (item, head, query, key) -> key <= query + 3 ? 0 : Double.NEGATIVE_INFINITY;
        double[] present = new double[2 * 2 * 2 * 5 * 4];
        System.arraycopy(AttentionReference.dense(keys, 2, 2, 5, 4), 0, present, 0, 80);
        System.arraycopy(AttentionReference.dense(values, 2, 2, 5, 4), 0, present, 80, 80);
        OperatorCase.microsoft("Attention")
                .with("num_heads", 2)
                .with("unidirectional", 1)
                .data(x)
                .argument(weights)
                .argument(bias)
                .absent()
                .data(past)
                .gives(
                        1e-5,
                        Expected.of(reference.side(projected(x, weights, bias, 0, 4), keys, values), 2, 2, 8),
                        Expected.of(present, 2, 2, 2, 5, 4));
    }

    @Test
    void weightsOfAnotherWidthAreRefused() {
        OperatorCase run = OperatorCase.microsoft("Attention")
                .with("num_heads", 2)
                .data(Floats.floats(1, 1, 2, WIDTH))
                .argument(Floats.floats(2, WIDTH + 1, 24));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("weights");
    }

    /** The first {@code rotated} elements of x turned by the angles of its position. */
    private static Vectors turned(Vectors x, int first, int rotated) {
        int half = rotated / 2;
        return (item, head, token, i) -> {
            if (i >= rotated) {
                return x.at(item, head, token, i);
            }
            double angle = (first + token) / Math.pow(10_000, 2.0 * (i % half) / rotated);
            double other = x.at(item, head, token, i < half ? i + half : i - half);
            return x.at(item, head, token, i) * Math.cos(angle) + (i < half ? -1 : 1) * other * Math.sin(angle);
        };
    }

    @ParameterizedTest
    @CsvSource({"FP32, 0, 4, 1e-5", "FP32, 2, 2, 1e-5", "FP64, 0, 4, 1e-12", "FP16, 0, 4, 3e-3"})
    void queriesAndKeysMayBeTurnedByTheirPositions(DataType type, int dim, int rotated, double tolerance) {
        Tensor x = Floats.random(type, 1, 2, 2, WIDTH);
        Tensor weights = Floats.random(type, 2, WIDTH, 24);
        Tensor bias = Floats.random(type, 3, 24);
        Tensor past = Floats.random(type, 4, 2, 2, 2, 3, 4);
        double[] cached = Floats.values(past);
        Vectors pastKeys = (item, head, token, i) -> cached[((item * 2 + head) * 3 + token) * 4 + i];
        Vectors pastValues = (item, head, token, i) -> cached[48 + ((item * 2 + head) * 3 + token) * 4 + i];
        Vectors queries = turned(projected(x, weights, bias, 0, 4), 3, rotated);
        Vectors keys = AttentionReference.joined(pastKeys, 3, turned(projected(x, weights, bias, 8, 4), 3, rotated));
        Vectors values = AttentionReference.joined(pastValues, 3, projected(x, weights, bias, 16, 4));
        double[] present = new double[2 * 2 * 2 * 5 * 4];
        System.arraycopy(AttentionReference.dense(keys, 2, 2, 5, 4), 0, present, 0, 80);
        System.arraycopy(AttentionReference.dense(values, 2, 2, 5, 4), 0, present, 80, 80);
        OperatorCase.microsoft("Attention")
                .with("num_heads", 2)
                .with("do_rotary", 1)
                .with("rotary_embedding_dim", dim)
                .data(x)
                .argument(weights)
                .argument(bias)
                .absent()
                .data(past)
                .gives(
                        tolerance,
                        Expected.of(reference(2, 5, 4).side(queries, keys, values), 2, 2, 8),
                        Expected.of(present, 2, 2, 2, 5, 4));
    }

    @Test
    void moreThanAHeadIsNotTurned() {
        OperatorCase run = OperatorCase.microsoft("Attention")
                .with("num_heads", 2)
                .with("do_rotary", 1)
                .with("rotary_embedding_dim", 6)
                .data(Floats.floats(1, 1, 2, WIDTH))
                .argument(Floats.floats(2, WIDTH, 24));
        assertThatThrownBy(run::tensors).hasMessageContaining("rotary_embedding_dim");
    }
}
