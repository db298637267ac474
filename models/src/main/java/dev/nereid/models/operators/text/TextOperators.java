package dev.nereid.models.operators.text;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;

/** The list of the operators on strings. */
public final class TextOperators {
    private static final String MICROSOFT = "com.microsoft";
    private static final Set<DataType> INT64 = Set.of(DataType.INT64);
    private static final Set<DataType> FP32 = Set.of(DataType.FP32);

    private TextOperators() {}

    /** Every operator on strings with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("RegexFullMatch", 20, new RegexFullMatch())
                        .taking(DataTypes.STRINGS)
                        .noting("expressions in RE2's syntax"),
                Entry.of("StringConcat", 20, new StringConcat())
                        .taking(DataTypes.STRINGS)
                        .taking(1, DataTypes.STRINGS),
                Entry.of("StringNormalizer", 10, new StringNormalizer())
                        .taking(DataTypes.STRINGS)
                        .noting("case by Unicode's rules for the locale"),
                Entry.of("StringSplit", 20, new StringSplit()).taking(DataTypes.STRINGS),
                Entry.of("TfIdfVectorizer", 9, new TfIdfVectorizer())
                        .taking(Set.of(DataType.INT32, DataType.INT64, DataType.STRING)),
                Entry.of(MICROSOFT, "BifurcationDetector", 1, new BifurcationDetector())
                        .taking(INT64)
                        .taking(1, INT64)
                        .taking(2, INT64)
                        .taking(3, INT64),
                Entry.of(MICROSOFT, "WordConvEmbedding", 1, new WordConvEmbedding())
                        .taking(Set.of(DataType.INT32))
                        .taking(1, FP32)
                        .taking(2, FP32)
                        .taking(3, FP32),
                Entry.of(MICROSOFT, "Tokenizer", 1, new Tokenizer())
                        .taking(DataTypes.STRINGS)
                        .noting("expressions in RE2's syntax"));
    }
}
