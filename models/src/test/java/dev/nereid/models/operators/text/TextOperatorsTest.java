package dev.nereid.models.operators.text;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.longs;
import static dev.nereid.models.operators.Tensors.strings;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TextOperatorsTest {
    @Test
    void matchesWholeStrings() {
        OperatorCase.of("RegexFullMatch", 20)
                .with("pattern", "(a|ab)(c|bcd)")
                .data(strings("abcd", "abc", "ac", "xac", ""))
                .gives(bytes(DataType.BOOL, 1, 1, 1, 0, 0));
        OperatorCase.of("RegexFullMatch", 20)
                .with("pattern", "\\p{L}+")
                .data(strings("grün", "7"))
                .gives(bytes(DataType.BOOL, 1, 0));
    }

    @Test
    @Timeout(20)
    void noPatternMakesAMatchTakeForEver() {
        OperatorCase.of("RegexFullMatch", 20)
                .with("pattern", "(a*)*(a*)*b")
                .data(strings("a".repeat(2000)))
                .gives(bytes(DataType.BOOL, 0));
    }

    @Test
    void refusesWhatIsNoRegularExpressionOfRe2() {
        for (String pattern : List.of("(", "(?=a)", "(a)\\1")) {
            OperatorCase match = OperatorCase.of("RegexFullMatch", 20)
                    .with("pattern", pattern)
                    .data(strings("a"));
            assertThatThrownBy(match::run).hasMessageContaining("pattern").hasMessageContaining(pattern);
        }
    }

    @Test
    void splitsAtDelimitersAndAtWhiteSpace() {
        OperatorCase.of("StringSplit", 20)
                .with("delimiter", "--")
                .data(strings("a--b--", "---", ""))
                .gives(strings("a", "b", "", "", "-", "", "", "", "").withShape(Shape.of(3, 3)), longs(3, 2, 0));
        OperatorCase.of("StringSplit", 20)
                .with("maxsplit", 1)
                .data(strings(" a  b c ", "\t"))
                .gives(strings("a", "b c ", "", "").withShape(Shape.of(2, 2)), longs(2, 0));
        OperatorCase.of("StringSplit", 20)
                .with("maxsplit", 0)
                .with("delimiter", ",")
                .data(strings("a,b").withShape(Shape.SCALAR))
                .gives(strings("a,b"), longs(1).withShape(Shape.SCALAR));
    }

    @Test
    void normalizesByLocale() {
        OperatorCase.of("StringNormalizer", 10)
                .with("case_change_action", "UPPER")
                .with("locale", "tr_TR.UTF-8")
                .data(strings("ince"))
                .gives(strings("\u0130NCE"));
        OperatorCase.of("StringNormalizer", 10)
                .with("case_change_action", "LOWER")
                .data(strings("INCE"))
                .gives(strings("ince"));
    }

    @Test
    void dropsStopWordsInAnyCaseUnlessCaseMatters() {
        OperatorCase.of("StringNormalizer", 10)
                .with("stopwords", List.of("Monday"))
                .data(strings("monday", "", "MONDAY", "x"))
                .gives(strings("", "x"));
        OperatorCase.of("StringNormalizer", 10)
                .with("stopwords", List.of("Monday"))
                .with("is_case_sensitive", 1)
                .data(strings("monday", "Monday").withShape(Shape.of(1, 2)))
                .gives(strings("monday").withShape(Shape.of(1, 1)));
        OperatorCase.of("StringNormalizer", 10).data(strings()).gives(strings(""));
    }

    @Test
    void refusesOtherShapesAndActions() {
        OperatorCase shape =
                OperatorCase.of("StringNormalizer", 10).data(strings("a", "b").withShape(Shape.of(2, 1)));
        assertThatThrownBy(shape::run).hasMessageContaining("[1,count]").hasMessageContaining("[2, 1]");
        OperatorCase action = OperatorCase.of("StringNormalizer", 10)
                .with("case_change_action", "TITLE")
                .data(strings("a"));
        assertThatThrownBy(action::run)
                .hasMessageContaining("case_change_action")
                .hasMessageContaining("'TITLE'");
    }

    private static OperatorCase vectorizer(String mode) {
        return OperatorCase.of("TfIdfVectorizer", 9)
                .with("mode", mode)
                .with("min_gram_length", 1)
                .with("max_gram_length", 2)
                .with("max_skip_count", 1)
                .with("ngram_counts", new long[] {0, 2})
                .with("ngram_indexes", new long[] {2, 0, 1})
                .with("weights", new float[] {10, 20, 30});
    }

    /** A weight is that of an n-gram of the pool, whatever column counts it. */
    @Test
    void countsAndWeighsGramsOfStringsAndNumbers() {
        List<String> pool = List.of("a", "b", "a", "b");
        vectorizer("TF")
                .with("pool_strings", pool)
                .data(strings("a", "c", "b", "a"))
                .gives(floats(new float[] {1, 1, 2}));
        vectorizer("IDF")
                .with("pool_strings", pool)
                .data(strings("a", "c", "c", "a"))
                .gives(floats(new float[] {0, 0, 10}));
        vectorizer("TFIDF")
                .with("pool_int64s", new long[] {5, 6, 5, 6})
                .data(longs(5, 6, 6, 6, 6, 6).withShape(Shape.of(2, 3)))
                .gives(floats(new float[] {40, 60, 10, 60, 0, 0}, 2, 3));
    }

    @Test
    void countsNothingWhereThereIsNothing() {
        vectorizer("TF")
                .with("pool_int64s", new long[] {5, 6, 5, 6})
                .data(longs())
                .gives(floats(new float[3]));
    }

    @Test
    void refusesPoolsThatDoNotFit() {
        OperatorCase odd =
                vectorizer("TF").with("pool_int64s", new long[] {5, 6, 5}).data(longs(5));
        assertThatThrownBy(odd::run).hasMessageContaining("ngram_counts");
        OperatorCase few = vectorizer("TF")
                .with("pool_int64s", new long[] {5, 6, 5, 6, 6, 6})
                .data(longs(5));
        assertThatThrownBy(few::run).hasMessageContaining("ngram_indexes");
        OperatorCase mode =
                vectorizer("BM25").with("pool_int64s", new long[] {5, 6, 5, 6}).data(longs(5));
        assertThatThrownBy(mode::run).hasMessageContaining("mode").hasMessageContaining("'BM25'");
    }

    private static OperatorCase tokenizer(int mark) {
        return OperatorCase.of("com.microsoft", "Tokenizer", 1)
                .with("mark", mark)
                .with("pad_value", "#")
                .with("mincharnum", 1);
    }

    @Test
    void takesStringsApartAtSeparators() {
        tokenizer(1)
                .with("separators", List.of("[ ]+", ","))
                .data(strings("hello,  world", "x"))
                .gives(strings("\u0002", "hello", "world", "\u0003", "\u0002", "x", "\u0003", "#")
                        .withShape(Shape.of(2, 4)));
    }

    @Test
    void takesStringsApartByMatchesAndByCharacters() {
        tokenizer(0)
                .with("tokenexp", "a|ab+")
                .data(strings("abbxa").withShape(Shape.of(1, 1)))
                .gives(strings("abb", "a").withShape(Shape.of(1, 1, 2)));
        tokenizer(0)
                .with("separators", List.of(""))
                .data(strings("h\u00e9"))
                .gives(strings("h", "\u00e9").withShape(Shape.of(1, 2)));
        tokenizer(1)
                .with("separators", List.of(" "))
                .data(strings(" ", ""))
                .gives(strings().withShape(Shape.of(2, 0)));
    }

    @Test
    void joinsStringsThatBroadcast() {
        OperatorCase.of("StringConcat", 20)
                .data(strings("a", "b").withShape(Shape.of(2, 1)))
                .data(strings("x", "y"))
                .gives(strings("ax", "ay", "bx", "by").withShape(Shape.of(2, 2)));
    }
}
