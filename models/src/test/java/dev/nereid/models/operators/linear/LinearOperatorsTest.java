package dev.nereid.models.operators.linear;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.counting;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.ints;
import static dev.nereid.models.operators.Tensors.longs;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearOperatorsTest {
    private static OperatorCase einsum(String equation) {
        return OperatorCase.of("Einsum", 12).with("equation", equation);
    }

    @Test
    void sumsOverRepeatedAndMissingLabels() {
        einsum("ii->i").data(counting(2, 2)).gives(floats(new float[] {0, 3}));
        einsum("ii").data(counting(2, 2)).gives(floats(new float[] {3}).withShape(Shape.SCALAR));
        einsum("ij->").data(counting(2, 2)).gives(floats(new float[] {6}).withShape(Shape.SCALAR));
        einsum("ba").data(counting(1, 2)).gives(counting(2, 1));
        einsum("iij,j->j").data(counting(2, 2, 1)).data(floats(new float[] {2})).gives(floats(new float[] {6}));
    }

    @Test
    void anEllipsisCoversAxesThatBroadcast() {
        einsum("...ij,...jk->...ik")
                .data(counting(2, 1, 2))
                .data(counting(2, 1))
                .gives(floats(new float[] {1, 3}, 2, 1, 1));
        einsum("... i -> ...").data(counting(2, 2)).gives(floats(new float[] {1, 5}));
        einsum("...").data(counting(2)).gives(counting(2));
    }

    /** Labels in any order and number, some of which lie in memory as a matrix's rows and columns and some do not. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "nkctv,kvw->nctw",
                "nctv,vw->nctw",
                "bi,bj->bij",
                "bi,bj->bji",
                "bid,bid->bi",
                "bihd,bjhd->bhij",
                "bhwc,hkc->bhwk",
                "ab,cd->cadb",
                "abc,cb->a",
                "abc,abc->",
                "ab,ab->ba",
                "aab,bc->ac",
                "ab,cb->ac"
            })
    void everyContractionOfTwoInputsIsTheSumOfItsProducts(String equation) {
        String[] terms = equation.split(",|->", -1);
        Tensor x = counting(dims(terms[0]));
        Tensor y = counting(dims(terms[1]));
        einsum(equation).data(x).data(y).gives(contraction(terms[0], x, terms[1], y, terms.length > 2 ? terms[2] : ""));
    }

    private static long[] dims(String labels) {
        return labels.chars().mapToLong(label -> 2 + label % 3).toArray();
    }

    private static Tensor contraction(String xLabels, Tensor x, String yLabels, Tensor y, String output) {
        String labels = (output + xLabels + yLabels)
                .chars()
                .distinct()
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        long[] extents = dims(labels);
        float[] sums = new float[(int) Shape.of(dims(output)).elements()];
        int positions = (int) Shape.of(extents).elements();
        for (int position = 0; position < positions; position++) {
            float left = x.segment().getAtIndex(ValueLayout.JAVA_FLOAT, place(position, labels, extents, xLabels));
            float right = y.segment().getAtIndex(ValueLayout.JAVA_FLOAT, place(position, labels, extents, yLabels));
            sums[place(position, labels, extents, output)] += left * right;
        }
        return floats(sums, dims(output)).withShape(Shape.of(dims(output)));
    }

    /** Where an element is in a dense tensor with these labels. */
    private static int place(int position, String all, long[] extents, String labels) {
        int place = 0;
        for (int letter = 0; letter < labels.length(); letter++) {
            int axis = all.indexOf(labels.charAt(letter));
            int rest = position;
            for (int i = all.length() - 1; i > axis; i--) {
                rest /= (int) extents[i];
            }
            place = place * (int) extents[axis] + rest % (int) extents[axis];
        }
        return place;
    }

    @Test
    void productsOfIntegersKeepTheirType() {
        einsum("i,i->").data(longs(3, 4)).data(longs(5, 6)).gives(longs(39).withShape(Shape.SCALAR));
        einsum("i,i->i")
                .data(bytes(DataType.UINT8, 200))
                .data(bytes(DataType.UINT8, 2))
                .gives(bytes(DataType.UINT8, 144));
        OperatorCase.of("MatMul", 13).data(ints(2, 3)).data(ints(4, 5)).gives(ints(23).withShape(Shape.SCALAR));
    }

    @Test
    void emptyProductsAreZero() {
        OperatorCase.of("MatMul", 13).data(counting(2, 0)).data(counting(0, 1)).gives(floats(new float[2], 2, 1));
        OperatorCase.of("MatMul", 13).data(counting(0, 2)).data(counting(2, 3)).gives(counting(0, 3));
        OperatorCase.of("Gemm", 13)
                .data(counting(1, 0))
                .data(counting(0, 2))
                .data(floats(new float[] {3}))
                .gives(floats(new float[] {3, 3}, 1, 2));
        einsum("i,i->i").data(counting(0)).data(counting(1)).gives(counting(0));
        einsum("ij,jk->ik").data(counting(1, 0)).data(counting(0, 1)).gives(floats(new float[1], 1, 1));
    }

    @Test
    void refusesFactorsThatDoNotFit() {
        OperatorCase types = OperatorCase.of("Gemm", 13).data(counting(1, 1)).data(longs(1).withShape(Shape.of(1, 1)));
        assertThatThrownBy(types::run).hasMessageContaining("input 1: expected FP32 as input 0, got INT64");
        OperatorCase inner = OperatorCase.of("Gemm", 13).data(counting(2, 2)).data(counting(3, 2));
        assertThatThrownBy(inner::run).hasMessageContaining("[2,2]").hasMessageContaining("[3,2]");
        OperatorCase terms = einsum("ij,jk->ik").data(counting(1, 1));
        assertThatThrownBy(terms::run).hasMessageContaining("equation");
        OperatorCase extents = einsum("i,i->i").data(counting(2)).data(counting(3));
        assertThatThrownBy(extents::run).hasMessageContaining("Einsum");
        OperatorCase bias = OperatorCase.of("Conv", 11)
                .data(counting(1, 1, 3))
                .data(counting(2, 1, 1))
                .data(counting(1));
        assertThatThrownBy(bias::run).hasMessageContaining("bias: expected [2], got [1]");
        OperatorCase filters =
                OperatorCase.of("ConvTranspose", 11).data(counting(1, 2, 3)).data(counting(1, 1, 1));
        assertThatThrownBy(filters::run).hasMessageContaining("w: expected [2, channels / group, ...]");
    }

    @Test
    void determinantsOfHalfFloats() {
        Tensor matrix = OperatorCase.of("Cast", 13)
                .with("to", 10)
                .data(floats(new float[] {1, 2, 3, 4}, 2, 2))
                .tensors()
                .getFirst();
        Tensor expected = OperatorCase.of("Cast", 13)
                .with("to", 10)
                .data(floats(new float[] {-2}).withShape(Shape.SCALAR))
                .tensors()
                .getFirst();
        OperatorCase.of("Det", 22).data(matrix).gives(expected);
    }
}
