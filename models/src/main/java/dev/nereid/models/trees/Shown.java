package dev.nereid.models.trees;

/** Text of a file in a message: its beginning. */
final class Shown {
    private static final int MOST = 60;

    private Shown() {}

    static String of(String text) {
        return text.length() > MOST ? text.substring(0, MOST) + "..." : text;
    }
}
