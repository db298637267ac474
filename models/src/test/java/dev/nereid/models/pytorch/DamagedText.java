package dev.nereid.models.pytorch;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/** Text with one to three random edits: a character, a part that is gone, or a word in place of another. */
public final class DamagedText {
    private DamagedText() {}

    /**
     * A damaged copy.
     *
     * @param pieces what stands in place of words
     * @param isPart whether a character is part of a word
     */
    public static String of(String whole, List<String> pieces, IntPredicate isPart, SplittableRandom random) {
        StringBuilder text = new StringBuilder(whole);
        int edits = 1 + random.nextInt(3);
        for (int i = 0; i < edits; i++) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.setCharAt(at, (char) (32 + random.nextInt(95)));
                case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(20)));
                default -> replaceWord(text, at, pieces.get(random.nextInt(pieces.size())), isPart);
            }
        }
        return text.toString();
    }

    /** Puts a piece in the place of the word around a place, or between two characters where there is none. */
    private static void replaceWord(StringBuilder text, int at, String piece, IntPredicate isPart) {
        int begin = at;
        while (begin > 0 && isPart.test(text.charAt(begin - 1))) {
            begin--;
        }
        int end = at;
        while (end < text.length() && isPart.test(text.charAt(end))) {
            end++;
        }
        text.replace(begin, end, piece);
    }
}
