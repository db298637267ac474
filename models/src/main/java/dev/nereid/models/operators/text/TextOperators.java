package dev.nereid.models.operators.text;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;

/** The list of the operators on strings. */
public final class TextOperators {
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
                Entry.of("com.microsoft", "Tokenizer", 1, new Tokenizer())
                        .taking(DataTypes.STRINGS)
                        .noting("expressions in RE2's syntax"));
    }
}
