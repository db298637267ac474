package dev.nereid.models.operators.text;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tokenizer of the domain com.microsoft: the tokens of each string, which are what an expression matches, or what lies
 * between separators, or single characters; filled up to the number of the longest list. Matches are the longest
 * possible.
 *
 * <p>x: [count] or [batch, count]; y: [..., most], or x's shape with a 0 at the end where there are no tokens at all.
 */
final class Tokenizer implements Operator {
    private static final byte[] START = {2};
    private static final byte[] END = {3};

    /** How a string is taken apart. */
    private interface Splitter {
        List<String> tokens(String text);
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Settings(Splitter splitter, boolean marks, long fewestCharacters, byte[] padding) {
        static Settings of(Attributes attributes) {
            for (String name : List.of("mark", "pad_value", "mincharnum")) {
                if (!attributes.has(name)) {
                    throw new ModelFormatException("attribute '" + name + "' is missing");
                }
            }
            return new Settings(
                    splitter(attributes),
                    attributes.integer("mark", 0) != 0,
                    attributes.integer("mincharnum", 1),
                    Texts.bytes(attributes.text("pad_value", "")));
        }

        private static Splitter splitter(Attributes attributes) {
            List<String> separators = attributes.texts("separators").orElse(List.of());
            String expression = attributes.text("tokenexp", "");
            if (expression.isEmpty() == separators.isEmpty()) {
                throw new ModelFormatException("expected one of the attributes 'separators' and 'tokenexp'");
            }
            if (!expression.isEmpty()) {
                Pattern pattern = Texts.pattern("tokenexp", expression, Pattern.LONGEST_MATCH);
                return text -> matches(text, pattern);
            }
            if (separators.equals(List.of(""))) {
                return text -> text.codePoints().mapToObj(Character::toString).toList();
            }
            List<Pattern> patterns = separators.stream()
                    .map(separator -> Texts.pattern("separators", separator, Pattern.LONGEST_MATCH))
                    .toList();
            return text -> between(text, patterns);
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        Settings.of(in.attributes());
        if (!x.hasRank()) {
            return List.of(x);
        }
        checkRank(x.rank(), x);
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.add(in.unknownDim());
        return List.of(TensorType.of(DataType.STRING, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        Settings settings = Settings.of(lowering.attributes());
        lowering.step(run -> tokenize(run, settings));
    }

    private static void tokenize(StepRun run, Settings settings) {
        Tensor x = run.input(0);
        checkRank(x.shape().rank(), x.shape());
        int count = Math.toIntExact(x.shape().elements());
        List<List<String>> all = new ArrayList<>();
        int most = 0;
        for (int i = 0; i < count; i++) {
            List<String> tokens = settings.splitter().tokens(Texts.text(x.strings()[i])).stream()
                    .filter(token -> token.codePointCount(0, token.length()) >= settings.fewestCharacters())
                    .toList();
            most = Math.max(most, tokens.size());
            all.add(tokens);
        }
        int width = most > 0 && settings.marks() ? most + 2 : most;
        long[] dims = Arrays.copyOf(x.shape().dims(), x.shape().rank() + 1);
        dims[dims.length - 1] = width;
        byte[][] y = run.allocate(0, Shape.of(dims)).strings();
        for (int i = 0; i < count && width > 0; i++) {
            int at = i * width;
            int end = at + width;
            if (settings.marks()) {
                y[at++] = START;
            }
            for (String token : all.get(i)) {
                y[at++] = Texts.bytes(token);
            }
            if (settings.marks()) {
                y[at++] = END;
            }
            Arrays.fill(y, at, end, settings.padding());
        }
    }

    private static List<String> matches(String text, Pattern pattern) {
        List<String> tokens = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            if (matcher.end() > matcher.start()) {
                tokens.add(text.substring(matcher.start(), matcher.end()));
            }
        }
        return tokens;
    }

    /** What lies between matches of the separators, one after the other; nothing of it is empty. */
    private static List<String> between(String text, List<Pattern> separators) {
        List<String> parts = List.of(text);
        for (Pattern separator : separators) {
            List<String> smaller = new ArrayList<>();
            for (String part : parts) {
                int from = 0;
                Matcher matcher = separator.matcher(part);
                while (matcher.find()) {
                    if (matcher.end() > matcher.start()) {
                        smaller.add(part.substring(from, matcher.start()));
                        from = matcher.end();
                    }
                }
                smaller.add(part.substring(from));
            }
            parts = smaller;
        }
        return parts.stream().filter(part -> !part.isEmpty()).toList();
    }

    private static void checkRank(int rank, Object shape) {
        if (rank < 1 || rank > 2) {
            throw new ModelFormatException("X: expected the shape [count] or [batch,count], got " + shape);
        }
    }
}
