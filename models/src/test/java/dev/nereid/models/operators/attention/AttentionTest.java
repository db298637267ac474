package dev.nereid.models.operators.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTest {
    private static final int OPSET = 24;

    private static AttentionReference reference(int queries, int keys) {
        return new AttentionReference(2, 4, 2, queries, keys, 8, 5);
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "FP64, 1e-12", "FP16, 2e-3", "BF16, 2e-2"})
    void groupedHeadsWithACacheAndCausalMask(DataType type, double tolerance) {
        Tensor q = Floats.random(type, 1, 2, 3, 32);
        Tensor k = Floats.random(type, 2, 2, 3, 16);
        Tensor v = Floats.random(type, 3, 2, 3, 10);
        Tensor pastKey = Floats.random(type, 4, 2, 2, 4, 8);
        Tensor pastValue = Floats.random(type, 5, 2, 2, 4, 5);
        AttentionReference reference = reference(3, 7);
        reference.bias = (item, head, query, key) -> key <= query + 4 ? 0 : Double.NEGATIVE_INFINITY;
        AttentionReference.Vectors keys =
                AttentionReference.joined(AttentionReference.stacked(pastKey), 4, AttentionReference.side(k, 2));
        AttentionReference.Vectors values =
                AttentionReference.joined(AttentionReference.stacked(pastValue), 4, AttentionReference.side(v, 2));
        OperatorCase.of("Attention", OPSET)
                .with("q_num_heads", 4)
                .with("kv_num_heads", 2)
                .with("is_causal", 1)
                .data(q)
                .data(k)
                .data(v)
                .absent()
                .data(pastKey)
                .data(pastValue)
                .gives(
                        tolerance,
                        Expected.of(reference.side(AttentionReference.side(q, 4), keys, values), 2, 3, 20),
                        Expected.of(AttentionReference.dense(keys, 2, 2, 7, 8), 2, 2, 7, 8),
                        Expected.of(AttentionReference.dense(values, 2, 2, 7, 5), 2, 2, 7, 5));
    }

    @Test
    void softCapBendsScoresBeforeTheMask() {
        Tensor q = Floats.floats(1, 2, 4, 3, 8);
        Tensor k = Floats.floats(2, 2, 2, 6, 8);
        Tensor v = Floats.floats(3, 2, 2, 6, 5);
        Tensor mask = Floats.floats(4, 3, 6);
        double[] added = Floats.values(mask);
        AttentionReference reference = reference(3, 6);
        reference.softCap = 0.5;
        reference.scale = 0.7f;
        reference.bias = (item, head, query, key) -> added[query * 6 + key];
        double[] y = reference.stacked(
                AttentionReference.stacked(q), AttentionReference.stacked(k), AttentionReference.stacked(v));
        OperatorCase.of("Attention", OPSET)
                .with("softcap", 0.5f)
                .with("scale", 0.7f)
                .data(q)
                .data(k)
                .data(v)
                .data(mask)
                .gives(1e-5, Expected.of(y, 2, 4, 3, 5));
    }

    @Test
    void maskOfTruthValuesThatIsTooShortForbidsTheRest() {
        Tensor q = Floats.floats(1, 2, 4, 2, 8);
        Tensor k = Floats.floats(2, 2, 2, 6, 8);
        Tensor v = Floats.floats(3, 2, 2, 6, 5);
        // [batch, 1, 1, 4]: of item 0 keys 1 and 3, of item 1 none.
        Tensor mask = Tensors.bytes(DataType.BOOL, 0, 1, 0, 1, 0, 0, 0, 0).withShape(Shape.of(2, 1, 1, 4));
        AttentionReference reference = reference(2, 6);
        reference.bias = (item, head, query, key) -> item == 0 && (key == 1 || key == 3) ? 0 : Double.NEGATIVE_INFINITY;
        double[] y = reference.stacked(
                AttentionReference.stacked(q), AttentionReference.stacked(k), AttentionReference.stacked(v));
        assertThat(Arrays.stream(y).skip(y.length / 2)).containsOnly(0.0);
        OperatorCase.of("Attention", OPSET).data(q).data(k).data(v).data(mask).gives(1e-5, Expected.of(y, 2, 4, 2, 5));
    }

    @Test
    void scoresAreGivenInEachStage() {
        Tensor q = Floats.floats(1, 2, 4, 2, 8);
        Tensor k = Floats.floats(2, 2, 2, 3, 8);
        Tensor v = Floats.floats(3, 2, 2, 3, 5);
        AttentionReference reference = reference(2, 3);
        double[] y = reference.stacked(
                AttentionReference.stacked(q), AttentionReference.stacked(k), AttentionReference.stacked(v));
        double[] weights = Arrays.stream(
                        reference.weights(AttentionReference.stacked(q), AttentionReference.stacked(k)))
                .flatMap(Arrays::stream)
                .flatMap(Arrays::stream)
                .flatMapToDouble(Arrays::stream)
                .toArray();
        OperatorCase.of("Attention", OPSET)
                .with("qk_matmul_output_mode", 3)
                .without(1)
                .without(2)
                .data(q)
                .data(k)
                .data(v)
                .gives(1e-5, Expected.of(y, 2, 4, 2, 5), Expected.of(weights, 2, 4, 2, 3));
    }

    @Test
    void windowsOfLaterOpsetsBoundBothSides() {
        Tensor q = Floats.floats(1, 2, 4, 5, 8);
        Tensor k = Floats.floats(2, 2, 2, 5, 8);
        Tensor v = Floats.floats(3, 2, 2, 5, 5);
        AttentionReference reference = reference(5, 5);
        reference.bias =
                (item, head, query, key) -> key >= query - 1 && key <= query + 2 ? 0 : Double.NEGATIVE_INFINITY;
        double[] y = reference.stacked(
                AttentionReference.stacked(q), AttentionReference.stacked(k), AttentionReference.stacked(v));
        OperatorCase.of("Attention", 25)
                .with("left_window_size", 1)
                .with("right_window_size", 2)
                .data(q)
                .data(k)
                .data(v)
                .gives(1e-5, Expected.of(y, 2, 4, 5, 5));
    }

    @Test
    void itemsCountTheirOwnKeys() {
        Tensor q = Floats.floats(1, 2, 4, 1, 8);
        Tensor k = Floats.floats(2, 2, 2, 5, 8);
        Tensor v = Floats.floats(3, 2, 2, 5, 5);
        AttentionReference reference = reference(1, 5);
        reference.bias = (item, head, query, key) -> key < (item == 0 ? 5 : 2) ? 0 : Double.NEGATIVE_INFINITY;
        double[] y = reference.stacked(
                AttentionReference.stacked(q), AttentionReference.stacked(k), AttentionReference.stacked(v));
        OperatorCase.of("Attention", OPSET)
                .with("is_causal", 1)
                .data(q)
                .data(k)
                .data(v)
                .absent(3)
                .data(Tensors.longs(5, 2))
                .gives(1e-5, Expected.of(y, 2, 4, 1, 5));
    }

    @Test
    void itemsResultDoesNotDependOnItsBatch() {
        Tensor q = Floats.floats(1, 3, 5, 32);
        Tensor k = Floats.floats(2, 3, 9, 16);
        Tensor v = Floats.floats(3, 3, 9, 16);
        List<Tensor> together = grouped(q, k, v).tensors();
        Tensor alone = grouped(item(q, 1), item(k, 1), item(v, 1)).tensors().getFirst();
        assertThat(Floats.values(alone)).isEqualTo(Floats.values(item(together.getFirst(), 1)));
    }

    private static OperatorCase grouped(Tensor q, Tensor k, Tensor v) {
        return OperatorCase.of("Attention", OPSET)
                .with("q_num_heads", 4)
                .with("kv_num_heads", 2)
                .with("is_causal", 1)
                .data(q)
                .data(k)
                .data(v);
    }

    private static Tensor item(Tensor tensor, int item) {
        double[] values = Floats.values(tensor);
        int length = values.length / (int) tensor.shape().dim(0);
        return Floats.of(
                tensor.dataType(),
                Arrays.copyOfRange(values, item * length, (item + 1) * length),
                tensor.shape().withDim(0, 1).dims());
    }

    @Test
    void noKeysGiveZeros() {
        OperatorCase.of("Attention", OPSET)
                .data(Floats.floats(1, 1, 2, 3, 4))
                .data(Floats.floats(2, 1, 2, 0, 4))
                .data(Floats.floats(3, 1, 2, 0, 4))
                .gives(0, Expected.of(new double[24], 1, 2, 3, 4));
    }

    @Test
    void emptyBatchGivesAnEmptyResult() {
        OperatorCase.of("Attention", OPSET)
                .data(Floats.floats(1, 0, 2, 3, 4))
                .data(Floats.floats(2, 0, 2, 5, 4))
                .data(Floats.floats(3, 0, 2, 5, 4))
                .gives(0, Expected.of(new double[0], 0, 2, 3, 4));
    }

    @Test
    void headsAreNeededBesideInputsOfRankThree() {
        OperatorCase run = OperatorCase.of("Attention", OPSET)
                .data(Floats.floats(1, 1, 2, 8))
                .data(Floats.floats(2, 1, 2, 8))
                .data(Floats.floats(3, 1, 2, 8));
        assertThatThrownBy(() -> run.tensors())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("q_num_heads");
    }

    @Test
    void maskThatDoesNotBroadcastIsRefused() {
        OperatorCase run = OperatorCase.of("Attention", OPSET)
                .data(Floats.floats(1, 1, 2, 3, 4))
                .data(Floats.floats(2, 1, 2, 5, 4))
                .data(Floats.floats(3, 1, 2, 5, 4))
                .data(Floats.floats(4, 2, 5));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("mask").hasMessageContaining("[2,5]");
    }

    @Test
    void keysOfAnotherSizeAreRefused() {
        OperatorCase run = OperatorCase.of("Attention", OPSET)
                .data(Floats.floats(1, 1, 2, 3, 4))
                .data(Floats.floats(2, 1, 2, 5, 6))
                .data(Floats.floats(3, 1, 2, 5, 4));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("[1,2,5,6]");
    }

    @Test
    void integersAreRefused() {
        Tensor integers = Tensors.longs(1, 2, 3, 4).withShape(Shape.of(1, 1, 2, 2));
        OperatorCase run = OperatorCase.of("Attention", OPSET)
                .data(integers)
                .data(integers)
                .data(integers);
        assertThatThrownBy(() -> run.tensors())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("INT64");
    }
}
