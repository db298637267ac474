package dev.nereid.server.torchserve.handler;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Cleans a text and cuts it into words: no tags, no accents, no punctuation, in lower case, contractions written out. */
final class TextCleaning {
    private static final Pattern MARKUP = Pattern.compile("<.*?>|&([a-z0-9]+|#[0-9]{1,6}|#x[0-9a-f]{1,6});");

    /** What is no contraction of a pronoun and a verb. */
    private static final Map<String, String> IRREGULAR = Map.of(
            "ain't", "is not",
            "can't", "cannot",
            "let's", "let us",
            "ma'am", "madam",
            "o'clock", "of the clock",
            "shan't", "shall not",
            "so's", "so as",
            "won't", "will not",
            "y'all", "you all");

    /** What stands for a verb behind a pronoun, or behind a word such as those in {@link #CONTRACTION}. */
    private static final Map<String, String> VERBS = Map.of(
            "'m", " am",
            "'re", " are",
            "'s", " is",
            "'ve", " have",
            "'d", " would",
            "'d've", " would have",
            "'ll", " will",
            "'ll've", " will have");

    private static final Pattern CONTRACTION = Pattern.compile("\\b(?:"
            + "(ain't|can't|let's|ma'am|o'clock|shan't|so's|won't|y'all)"
            + "|((?:are|could|did|does|do|had|has|have|is|might|must|need|ought|should|was|were|would)n't)"
            + "|(i|you|he|she|it|we|they|that|there|this|who|what|when|where|why|how)"
            + "('d've|'ll've|'m|'re|'s|'ve|'d|'ll)"
            + "|((?:could|might|must|should|would)'ve)"
            + ")(?:('ve)|\\b)");

    private TextCleaning() {}

    static List<String> words(String text) {
        String plain = MARKUP.matcher(text).replaceAll("").toLowerCase(Locale.ROOT);
        String ascii = Normalizer.normalize(expanded(plain), Normalizer.Form.NFKD);
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < ascii.length(); i++) {
            char letter = ascii.charAt(i);
            if (isSpace(letter)) {
                end(word, words);
            } else if (letter <= 0x7F && !isPunctuation(letter)) {
                word.append(letter);
            }
        }
        end(word, words);
        return words;
    }

    private static void end(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    /** ASCII's own, which Python's {@code split} takes for spaces. */
    private static boolean isSpace(char letter) {
        return letter == ' ' || (letter >= '\t' && letter <= '\r') || (letter >= 0x1C && letter <= 0x1F);
    }

    private static boolean isPunctuation(char letter) {
        return letter > ' '
                && letter < 0x7F
                && !(letter >= 'a' && letter <= 'z')
                && !(letter >= 'A' && letter <= 'Z')
                && !(letter >= '0' && letter <= '9');
    }

    /** Writes contractions out. */
    private static String expanded(String text) {
        Matcher matcher = CONTRACTION.matcher(text);
        StringBuilder expanded = new StringBuilder();
        int from = 0;
        while (matcher.find()) {
            expanded.append(text, from, matcher.start()).append(expansion(matcher));
            from = matcher.end();
        }
        return expanded.append(text, from, text.length()).toString();
    }

    private static String expansion(Matcher matcher) {
        String have = matcher.group(6) == null ? "" : " have";
        if (matcher.group(1) != null) {
            return IRREGULAR.get(matcher.group(1)) + have;
        }
        if (matcher.group(2) != null) {
            return matcher.group(2).replace("n't", " not") + have;
        }
        return matcher.group(5) != null
                ? matcher.group(5).replace("'ve", " have")
                : matcher.group(3) + VERBS.get(matcher.group(4)) + have;
    }
}
