package dev.nereid.models.operators.attention;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
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
import org.junit.jupiter.params.provider.ValueSource;

class MultiHeadAttentionTest {
    private static final double FILTER = -10000;

    private static AttentionReference reference(int batch, int queries, int keys) {
        return new AttentionReference(batch, 2, 2, queries, keys, 4, 4);
    }

    private static OperatorCase node() {
        return OperatorCase.microsoft("MultiHeadAttention").with("num_heads", 2);
    }

    private static Vectors plus(Vectors x, Tensor bias, int from, int size) {
        double[] numbers = Floats.values(bias);
        return (item, head, token, i) -> x.at(item, head, token, i) + numbers[from + head * size + i];
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "FP16, 3e-3", "BF16, 3e-2"})
    void biasesCacheMaskAndScoreBiasComeTogether(DataType type, double tolerance) {
        Tensor q = Floats.random(type, 1, 2, 2, 8);
        Tensor k = Floats.random(type, 2, 2, 3, 8);
        Tensor v = Floats.random(type, 3, 2, 3, 8);
        Tensor bias = Floats.random(type, 4, 24);
        Tensor scores = Floats.random(type, 5, 1, 2, 2, 4);
        Tensor pastKey = Floats.random(type, 6, 2, 2, 1, 4);
        Tensor pastValue = Floats.random(type, 7, 2, 2, 1, 4);
        Tensor mask = Tensors.ints(1, 1, 0, 1, 1, 1, 1, 0).withShape(Shape.of(2, 4));
        Vectors keys = AttentionReference.joined(
                AttentionReference.stacked(pastKey), 1, plus(AttentionReference.side(k, 2), bias, 8, 4));
        Vectors values = AttentionReference.joined(
                AttentionReference.stacked(pastValue), 1, plus(AttentionReference.side(v, 2), bias, 16, 4));
        double[] added = Floats.values(scores);
        AttentionReference reference = reference(2, 2, 4);
        reference.bias =
                (item, head, query, key) -> added[(head * 2 + query) * 4 + key] + (key == 2 + item ? FILTER : 0);
        node().data(q)
                .data(k)
                .data(v)
                .argument(bias)
                .data(mask)
                .data(scores)
                .data(pastKey)
                .data(pastValue)
                .gives(
                        tolerance,
                        Expected.of(
                                reference.side(plus(AttentionReference.side(q, 2), bias, 0, 4), keys, values), 2, 2, 8),
                        Expected.of(AttentionReference.dense(keys, 2, 2, 4, 4), 2, 2, 4, 4),
                        Expected.of(AttentionReference.dense(values, 2, 2, 4, 4), 2, 2, 4, 4));
    }

    @Test
    void projectionsMayLieTogether() {
        Tensor packed = Floats.floats(1, 2, 3, 2, 3, 4);
        double[] numbers = Floats.values(packed);
        Vectors[] parts = new Vectors[3];
        for (int part = 0; part < 3; part++) {
            int which = part;
            parts[part] = (item, head, token, i) -> numbers[(((item * 3 + token) * 2 + head) * 3 + which) * 4 + i];
        }
        AttentionReference reference = reference(2, 3, 3);
        node().data(packed).gives(1e-5, Expected.of(reference.side(parts[0], parts[1], parts[2]), 2, 3, 8));
    }

    @Test
    void keysAndValuesMayLieTogether() {
        Tensor q = Floats.floats(1, 2, 3, 8);
        Tensor packed = Floats.floats(2, 2, 5, 2, 2, 4);
        double[] numbers = Floats.values(packed);
        Vectors k = (item, head, token, i) -> numbers[(((item * 5 + token) * 2 + head) * 2) * 4 + i];
        Vectors v = (item, head, token, i) -> numbers[(((item * 5 + token) * 2 + head) * 2 + 1) * 4 + i];
        AttentionReference reference = reference(2, 3, 5);
        node().data(q)
                .data(packed)
                .gives(1e-5, Expected.of(reference.side(AttentionReference.side(q, 2), k, v), 2, 3, 8));
    }

    @Test
    void keysOfAnEncodersCacheGetNoBias() {
        Tensor q = Floats.floats(1, 2, 3, 8);
        Tensor k = Floats.floats(2, 2, 2, 5, 4);
        Tensor v = Floats.floats(3, 2, 2, 5, 4);
        Tensor bias = Floats.floats(4, 24);
        AttentionReference reference = reference(2, 3, 5);
        double[] y = reference.side(
                plus(AttentionReference.side(q, 2), bias, 0, 4),
                AttentionReference.stacked(k),
                AttentionReference.stacked(v));
        node().data(q).data(k).data(v).data(bias).gives(1e-5, Expected.of(y, 2, 3, 8));
    }

    @Test
    void lengthsOfKeysMaskWhatIsBehindThem() {
        Tensor q = Floats.floats(1, 2, 3, 8);
        Tensor k = Floats.floats(2, 2, 3, 8);
        Tensor v = Floats.floats(3, 2, 3, 8);
        AttentionReference reference = reference(2, 3, 3);
        reference.bias = (item, head, query, key) ->
                (key < (item == 0 ? 1 : 3) ? 0 : FILTER) + (key <= query ? 0 : Double.NEGATIVE_INFINITY);
        double[] y = reference.side(
                AttentionReference.side(q, 2), AttentionReference.side(k, 2), AttentionReference.side(v, 2));
        node().with("unidirectional", 1)
                .data(q)
                .data(k)
                .data(v)
                .absent()
                .data(Tensors.ints(1, 3))
                .gives(1e-5, Expected.of(y, 2, 3, 8));
    }

    @Test
    void whereAllKeysArePaddingTheyAreSeenAlike() {
        Tensor q = Floats.floats(1, 1, 1, 8);
        Tensor k = Floats.of(DataType.FP32, new double[24], 1, 3, 8);
        Tensor v = Floats.floats(3, 1, 3, 8);
        double[] numbers = Floats.values(v);
        double[] mean = new double[8];
        for (int i = 0; i < 8; i++) {
            mean[i] = (numbers[i] + numbers[8 + i] + numbers[16 + i]) / 3;
        }
        node().data(q).data(k).data(v).absent().data(Tensors.ints(0)).gives(1e-5, Expected.of(mean, 1, 1, 8));
    }

    @Test
    void decoderWritesIntoACacheOfFixedCapacity() {
        Tensor q = Floats.floats(1, 2, 1, 8);
        Tensor k = Floats.floats(2, 2, 1, 8);
        Tensor v = Floats.floats(3, 2, 1, 8);
        Tensor pastKey = Floats.floats(4, 2, 2, 5, 4);
        Tensor pastValue = Floats.floats(5, 2, 2, 5, 4);
        Vectors keys = AttentionReference.joined(AttentionReference.stacked(pastKey), 3, AttentionReference.side(k, 2));
        Vectors values =
                AttentionReference.joined(AttentionReference.stacked(pastValue), 3, AttentionReference.side(v, 2));
        AttentionReference reference = reference(2, 1, 4);
        Vectors present = (item, head, token, i) -> token < 4
                ? keys.at(item, head, token, i)
                : AttentionReference.stacked(pastKey).at(item, head, token, i);
        OperatorCase.microsoft("DecoderMaskedMultiHeadAttention")
                .with("num_heads", 2)
                .with("past_present_share_buffer", 1)
                .data(q)
                .data(k)
                .data(v)
                .absent(2)
                .data(pastKey)
                .data(pastValue)
                .data(Tensors.ints(3))
                .gives(
                        1e-5,
                        Expected.of(reference.side(AttentionReference.side(q, 2), keys, values), 2, 1, 8),
                        Expected.of(AttentionReference.dense(present, 2, 2, 5, 4), 2, 2, 5, 4));
    }

    @Test
    void cacheWithoutRoomIsRefused() {
        OperatorCase run = OperatorCase.microsoft("DecoderMaskedMultiHeadAttention")
                .with("num_heads", 2)
                .data(Floats.floats(1, 1, 1, 8))
                .data(Floats.floats(2, 1, 1, 8))
                .data(Floats.floats(3, 1, 1, 8))
                .absent(2)
                .data(Floats.floats(4, 1, 2, 3, 4))
                .data(Floats.floats(5, 1, 2, 3, 4))
                .data(Tensors.ints(3));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("capacity 3");
    }

    /** What would be missing would be what somebody else had left in the memory. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4})
    void valuesOfThePastAreAsManyAsItsKeys(int values) {
        OperatorCase run = node().data(Floats.floats(1, 1, 1, 8))
                .data(Floats.floats(2, 1, 1, 8))
                .data(Floats.floats(3, 1, 1, 8))
                .absent(3)
                .data(Floats.floats(4, 1, 2, 3, 4))
                .data(Floats.floats(5, 1, 2, values, 4))
                .outputs(3);
        assertThatThrownBy(run::run).hasMessageContaining("past_value: expected as many tokens as past_key has, 3");
    }

    @Test
    void cachesOfBeamSearchAreRefused() {
        OperatorCase run = node().data(Floats.floats(1, 1, 1, 8));
        for (int input = 1; input < 9; input++) {
            run.absent();
        }
        run.data(Tensors.ints(0));
        assertThatThrownBy(() -> run.tensors())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("beam search");
    }

    @Test
    void maskOfAnotherShapeIsRefused() {
        OperatorCase run = node().data(Floats.floats(1, 1, 2, 8))
                .data(Floats.floats(2, 1, 2, 8))
                .data(Floats.floats(3, 1, 2, 8))
                .absent()
                .data(Tensors.ints(1, 1, 1).withShape(Shape.of(1, 3)));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("mask").hasMessageContaining("[1,3]");
    }
}
