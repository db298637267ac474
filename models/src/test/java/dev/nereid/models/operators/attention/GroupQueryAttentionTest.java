package dev.nereid.models.operators.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.operators.attention.AttentionReference.Vectors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupQueryAttentionTest {
    private static final double FORBIDDEN = Double.NEGATIVE_INFINITY;

    private static AttentionReference reference(int batch, int queries, int keys) {
        return new AttentionReference(batch, 4, 2, queries, keys, 8, 8);
    }

    private static OperatorCase node() {
        return OperatorCase.microsoft("GroupQueryAttention")
                .with("num_heads", 4)
                .with("kv_num_heads", 2);
    }

    private static Tensor total(int total) {
        return Tensors.ints(total).withShape(Shape.SCALAR);
    }

    /** x with its first {@code 2 * angles} elements turned by the angles of its position. */
    private static Vectors turned(Vectors x, Tensor cosines, Tensor sines, int[] positions) {
        double[] c = Floats.values(cosines);
        double[] s = Floats.values(sines);
        int half = (int) cosines.shape().dim(1);
        return (item, head, token, i) -> {
            if (i >= 2 * half) {
                return x.at(item, head, token, i);
            }
            int row = (positions[item] + token) * half + i % half;
            double other = x.at(item, head, token, i < half ? i + half : i - half);
            return x.at(item, head, token, i) * c[row] + (i < half ? -1 : 1) * other * s[row];
        };
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "FP16, 3e-3", "BF16, 3e-2"})
    void promptOfPackedTokensAtRotaryPositions(DataType type, double tolerance) {
        Tensor packed = Floats.random(type, 1, 2, 3, 64);
        Tensor cosines = Floats.random(type, 2, 10, 4);
        Tensor sines = Floats.random(type, 3, 10, 4);
        Vectors all = AttentionReference.side(packed, 8);
        Vectors q = turned(all, cosines, sines, new int[] {0, 0});
        Vectors k = turned((item, head, token, i) -> all.at(item, head + 4, token, i), cosines, sines, new int[2]);
        Vectors v = (item, head, token, i) -> all.at(item, head + 6, token, i);
        AttentionReference reference = reference(2, 3, 3);
        reference.bias = (item, head, query, key) -> key <= query ? 0 : FORBIDDEN;
        node().with("do_rotary", 1)
                .data(packed)
                .absent(4)
                .data(Tensors.ints(2, 2))
                .data(total(3))
                .data(cosines)
                .data(sines)
                .gives(
                        tolerance,
                        Expected.of(reference.side(q, k, v), 2, 3, 32),
                        Expected.of(AttentionReference.dense(k, 2, 2, 3, 8), 2, 2, 3, 8),
                        Expected.of(AttentionReference.dense(v, 2, 2, 3, 8), 2, 2, 3, 8));
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "FP16, 3e-3", "BF16, 3e-2"})
    void itemsOfDifferentPastsContinue(DataType type, double tolerance) {
        Tensor q = Floats.random(type, 1, 2, 1, 32);
        Tensor k = Floats.random(type, 2, 2, 1, 16);
        Tensor v = Floats.random(type, 3, 2, 1, 16);
        Tensor pastKey = Floats.random(type, 4, 2, 2, 6, 8);
        Tensor pastValue = Floats.random(type, 5, 2, 2, 6, 8);
        Tensor cosines = Floats.random(type, 6, 10, 3);
        Tensor sines = Floats.random(type, 7, 10, 3);
        int[] befores = {4, 2};
        Vectors queries = turned(AttentionReference.side(q, 4), cosines, sines, befores);
        Vectors newKeys = turned(AttentionReference.side(k, 2), cosines, sines, befores);
        Vectors keys = ragged(AttentionReference.stacked(pastKey), befores, newKeys);
        Vectors values = ragged(AttentionReference.stacked(pastValue), befores, AttentionReference.side(v, 2));
        AttentionReference reference = reference(2, 1, 5);
        reference.bias = (item, head, query, key) -> key <= befores[item] ? 0 : FORBIDDEN;
        node().with("do_rotary", 1)
                .data(q)
                .data(k)
                .data(v)
                .data(pastKey)
                .data(pastValue)
                .data(Tensors.ints(4, 2))
                .data(total(5))
                .data(cosines)
                .data(sines)
                .gives(
                        tolerance,
                        Expected.of(reference.side(queries, keys, values), 2, 1, 32),
                        Expected.of(AttentionReference.dense(keys, 2, 2, 6, 8), 2, 2, 6, 8),
                        Expected.of(AttentionReference.dense(values, 2, 2, 6, 8), 2, 2, 6, 8));
    }

    /** The past of each item, behind it its one new token, and zeros. */
    private static Vectors ragged(Vectors past, int[] befores, Vectors current) {
        return (item, head, token, i) -> {
            if (token < befores[item]) {
                return past.at(item, head, token, i);
            }
            return token == befores[item] ? current.at(item, head, 0, i) : 0;
        };
    }

    @Test
    void windowCapAndSinksShapeTheWeights() {
        Tensor q = Floats.floats(1, 1, 5, 32);
        Tensor k = Floats.floats(2, 1, 5, 16);
        Tensor v = Floats.floats(3, 1, 5, 16);
        Tensor sinks = Floats.floats(4, 4);
        AttentionReference reference = reference(1, 5, 5);
        reference.softCap = 0.8f;
        reference.sinks = Floats.values(sinks);
        reference.bias = (item, head, query, key) -> key <= query && key > query - 2 ? 0 : FORBIDDEN;
        double[] y = reference.side(
                AttentionReference.side(q, 4), AttentionReference.side(k, 2), AttentionReference.side(v, 2));
        node().with("local_window_size", 2)
                .with("softcap", 0.8f)
                .data(q)
                .data(k)
                .data(v)
                .absent(2)
                .data(Tensors.ints(4))
                .data(total(5))
                .absent(4)
                .data(sinks)
                .gives(1e-5, Expected.of(y, 1, 5, 32));
    }

    @Test
    void biasIsAddedAndSmoothSoftmaxLeavesRoom() {
        Tensor q = Floats.floats(1, 1, 2, 32);
        Tensor k = Floats.floats(2, 1, 2, 16);
        Tensor v = Floats.floats(3, 1, 2, 16);
        Tensor bias = Floats.floats(4, 1, 4, 2, 2);
        double[] added = Floats.values(bias);
        AttentionReference reference = reference(1, 2, 2);
        reference.sinks = new double[4];
        reference.bias = (item, head, query, key) -> key <= query ? added[(head * 2 + query) * 2 + key] : FORBIDDEN;
        double[] y = reference.side(
                AttentionReference.side(q, 4), AttentionReference.side(k, 2), AttentionReference.side(v, 2));
        node().with("smooth_softmax", 1)
                .data(q)
                .data(k)
                .data(v)
                .absent(2)
                .data(Tensors.ints(1))
                .data(total(2))
                .absent(3)
                .data(bias)
                .gives(1e-5, Expected.of(y, 1, 2, 32));
    }

    @Test
    void queriesAndKeysAreNormed() {
        Tensor q = Floats.floats(1, 1, 2, 32);
        Tensor k = Floats.floats(2, 1, 2, 16);
        Tensor v = Floats.floats(3, 1, 2, 16);
        Tensor queryWeights = Floats.floats(4, 8);
        Tensor keyWeights = Floats.floats(5, 8);
        AttentionReference reference = reference(1, 2, 2);
        reference.bias = (item, head, query, key) -> key <= query ? 0 : FORBIDDEN;
        double[] y = reference.side(
                normed(AttentionReference.side(q, 4), queryWeights),
                normed(AttentionReference.side(k, 2), keyWeights),
                AttentionReference.side(v, 2));
        OperatorCase run =
                node().data(q).data(k).data(v).absent(2).data(Tensors.ints(1)).data(total(2));
        for (int input = 7; input < 14; input++) {
            run.absent();
        }
        run.data(queryWeights).data(keyWeights).gives(1e-5, Expected.of(y, 1, 2, 32));
    }

    private static Vectors normed(Vectors x, Tensor weights) {
        double[] w = Floats.values(weights);
        return (item, head, token, i) -> {
            double squares = 0;
            for (int j = 0; j < 8; j++) {
                squares += Math.pow(x.at(item, head, token, j), 2);
            }
            return x.at(item, head, token, i) / Math.sqrt(squares / 8 + 1e-6f) * w[i];
        };
    }

    @Test
    void itemsResultDoesNotDependOnALongerNeighbour() {
        Tensor q = Floats.floats(1, 2, 1, 32);
        Tensor k = Floats.floats(2, 2, 1, 16);
        Tensor v = Floats.floats(3, 2, 1, 16);
        Tensor pastKey = Floats.floats(4, 2, 2, 40, 8);
        Tensor pastValue = Floats.floats(5, 2, 2, 40, 8);
        double[] together = Floats.values(node().data(q)
                .data(k)
                .data(v)
                .data(pastKey)
                .data(pastValue)
                .data(Tensors.ints(2, 37))
                .data(total(38))
                .tensors()
                .getFirst());
        double[] alone = Floats.values(node().data(firstItem(q))
                .data(firstItem(k))
                .data(firstItem(v))
                .data(firstItem(pastKey))
                .data(firstItem(pastValue))
                .data(Tensors.ints(2))
                .data(total(3))
                .tensors()
                .getFirst());
        assertThat(alone).isEqualTo(Arrays.copyOf(together, alone.length));
    }

    private static Tensor firstItem(Tensor tensor) {
        double[] values = Floats.values(tensor);
        long[] dims = tensor.shape().withDim(0, 1).dims();
        return Floats.of(
                tensor.dataType(),
                Arrays.copyOf(values, values.length / (int) tensor.shape().dim(0)),
                dims);
    }

    @Test
    void lengthBeyondTheTotalIsRefused() {
        OperatorCase run = node().data(Floats.floats(1, 1, 2, 32))
                .data(Floats.floats(2, 1, 2, 16))
                .data(Floats.floats(3, 1, 2, 16))
                .absent(2)
                .data(Tensors.ints(7))
                .data(total(2));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("seqlens_k");
    }

    @Test
    void pastThatTheCacheDoesNotHoldIsRefused() {
        OperatorCase run = node().data(Floats.floats(1, 1, 1, 32))
                .data(Floats.floats(2, 1, 1, 16))
                .data(Floats.floats(3, 1, 1, 16))
                .data(Floats.floats(4, 1, 2, 3, 8))
                .data(Floats.floats(5, 1, 2, 3, 8))
                .data(Tensors.ints(9))
                .data(total(10));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("the cache holds 3");
    }

    @Test
    void cacheOfAnotherDatatypeIsRefused() {
        OperatorCase run = node().data(Floats.floats(1, 1, 1, 32))
                .data(Floats.floats(2, 1, 1, 16))
                .data(Floats.floats(3, 1, 1, 16))
                .data(Floats.random(DataType.FP16, 4, 1, 2, 3, 8))
                .data(Floats.random(DataType.FP16, 5, 1, 2, 3, 8))
                .data(Tensors.ints(3))
                .data(total(4));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("cache of FP32");
    }

    @Test
    void quantisedCachesWithoutScalesAreRefused() {
        OperatorCase run = node().with("k_quant_type", "PER_TENSOR")
                .with("kv_cache_bit_width", 8)
                .data(Floats.floats(1, 1, 1, 64))
                .absent(4)
                .data(Tensors.ints(0))
                .data(total(1));
        assertThatThrownBy(run::tensors).hasMessageContaining("input 12: expected 1 scales");
    }

    @Test
    void quantisedCachesOfOtherWidthsAreRefused() {
        OperatorCase run = node().with("k_quant_type", "PER_TENSOR").data(Floats.floats(1, 1, 1, 64));
        assertThatThrownBy(run::tensors)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("kv_cache_bit_width");
    }
}
