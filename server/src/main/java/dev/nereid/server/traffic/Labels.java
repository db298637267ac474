package dev.nereid.server.traffic;

/** What a label of a version may look like: a letter or underscore, then letters, digits, dots, hyphens and underscores. */
public final class Labels {
    private static final int MOST_LENGTH = 128;

    private Labels() {}

    /** Whether a text where a version may stand is a label by its form; one that begins with a digit is a number. */
    public static boolean isLabel(String text) {
        if (text.isEmpty() || text.length() > MOST_LENGTH || !isLetter(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            char each = text.charAt(i);
            if (!isLetter(each) && !(each >= '0' && each <= '9') && each != '.' && each != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetter(char each) {
        return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || each == '_';
    }
}
