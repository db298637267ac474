package dev.nereid.models.operators.text;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * ONNX StringNormalizer: strings without the stop words, in lower or upper case. Where nothing remains, one empty string
 * does.
 *
 * <p>x: [count] or [1, count]; y: [kept] or [1, kept].
 */
final class StringNormalizer implements Operator {
    /**
     * What is done to the strings.
     *
     * @param comparing what is done to a string before it is looked up among the stop words
     */
    private record Rule(UnaryOperator<String> casing, UnaryOperator<String> comparing, Set<String> stopWords) {
        static Rule of(Attributes attributes) {
            Locale locale = locale(attributes.text("locale", "en_US"));
            String action = attributes.text("case_change_action", "NONE");
            UnaryOperator<String> casing = switch (action) {
                case "NONE" -> UnaryOperator.identity();
                case "LOWER" -> text -> text.toLowerCase(locale);
                case "UPPER" -> text -> text.toUpperCase(locale);
                default ->
                    throw new ModelFormatException(
                            "case_change_action: expected LOWER, UPPER or NONE, got '" + action + "'");
            };
            boolean exact = attributes.integer("is_case_sensitive", 0) != 0;
            UnaryOperator<String> comparing = exact ? UnaryOperator.identity() : text -> text.toLowerCase(locale);
            Set<String> words = new HashSet<>();
            for (String word : attributes.texts("stopwords").orElse(List.of())) {
                words.add(comparing.apply(word));
            }
            return new Rule(casing, comparing, words);
        }

        boolean keeps(String text) {
            return stopWords.isEmpty() || !stopWords.contains(comparing.apply(text));
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        Rule.of(in.attributes());
        if (!x.hasRank()) {
            return List.of(x);
        }
        checkShape(x.rank(), x.rank() == 2 && x.dim(0).isKnown() ? x.dim(0).value() : 1, x);
        Dim kept = in.unknownDim();
        return List.of(TensorType.of(DataType.STRING, x.rank() == 2 ? List.of(Dim.of(1), kept) : List.of(kept)));
    }

    @Override
    public void lower(Lowering lowering) {
        Rule rule = Rule.of(lowering.attributes());
        lowering.step(run -> {
            Tensor x = run.input(0);
            int rank = x.shape().rank();
            checkShape(rank, rank == 2 ? x.shape().dim(0) : 1, x.shape());
            List<byte[]> kept = new ArrayList<>();
            for (int i = 0; i < x.shape().elements(); i++) {
                String text = Texts.text(x.strings()[i]);
                if (rule.keeps(text)) {
                    kept.add(Texts.bytes(rule.casing().apply(text)));
                }
            }
            if (kept.isEmpty()) {
                kept.add(Texts.EMPTY);
            }
            Shape shape = rank == 2 ? Shape.of(1, kept.size()) : Shape.of(kept.size());
            Tensor y = run.allocate(0, shape);
            for (int i = 0; i < kept.size(); i++) {
                y.strings()[i] = kept.get(i);
            }
        });
    }

    private static void checkShape(int rank, long outer, Object shape) {
        if (rank < 1 || rank > 2 || outer != 1) {
            throw new ModelFormatException("X: expected the shape [count] or [1,count], got " + shape);
        }
    }

    /** The locale of a name such as {@code en_US} or {@code de_DE.UTF-8}. */
    private static Locale locale(String name) {
        String plain = name.replaceFirst("[.@].*", "");
        if (plain.isEmpty() || plain.equals("C") || plain.equals("POSIX")) {
            return Locale.ROOT;
        }
        return Locale.forLanguageTag(plain.replace('_', '-'));
    }
}
