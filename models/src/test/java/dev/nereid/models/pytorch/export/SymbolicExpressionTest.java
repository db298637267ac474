package dev.nereid.models.pytorch.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Dim;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SymbolicExpressionTest {
    private static final long N = 7;

    /** Texts as both forms of SymPy's printers write them, and their values where s0 is 7. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "Symbol('s0', positive=True, integer=True) | 7",
                "s0 | 7",
                "Integer(12) | 12",
                "Integer(-3) | -3",
                "Mul(Integer(2), Symbol('s0', positive=True, integer=True)) | 14",
                "2*s0 - 1 | 13",
                "Add(Mul(Integer(2), Symbol('s0')), Integer(3)) | 17",
                "FloorDiv(Symbol('s0'), Integer(2)) | 3",
                "(s0 + 1)//2 | 4",
                "CeilDiv(s0, 2) | 4",
                "Mod(Symbol('s0'), Integer(4)) | 3",
                "s0**2 + s0 | 56",
                "Pow(Symbol('s0'), Integer(3)) | 343",
                "Max(Integer(9), Symbol('s0')) | 9",
                "Min(s0, 5) | 5"
            })
    void aTextIsAFormula(String text, long value) {
        Dim dim = SymbolicExpression.dim(text.strip());
        assertThat(dim.evaluate(symbol -> {
                    assertThat(symbol).isEqualTo("s0");
                    return N;
                }))
                .isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"s0 +", "Sin(s0)", "s0 / 2", "Symbol('s0'", "(s0", "", "Mod(s0, s1)", "9999999999999999999"})
    void aTextThatIsNoSizeIsASymbolOfItsOwn(String text) {
        assertThat(SymbolicExpression.dim(text)).isEqualTo(Dim.symbol(text));
    }

    @Test
    void textsThatGrowWithoutEndAreCutOff() {
        String deep = "(".repeat(2000) + "s0" + ")".repeat(2000);
        assertThat(SymbolicExpression.dim(deep)).isEqualTo(Dim.symbol(deep));
        String power = "Pow(".repeat(40) + "s0" + ", 8)".repeat(40);
        assertThat(SymbolicExpression.dim(power)).isEqualTo(Dim.symbol(power));
        assertThat(SymbolicExpression.dim("s".repeat(5000)).symbols()).hasSize(1);
    }
}
