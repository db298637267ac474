package dev.nereid.models.trees;

/** Text of a file in a message: its beginning. */
final class FileExcerpt {
    private static final int MOST = 60;

    private FileExcerpt() {}

    static String of(String text) {
        return text.length() > MOST ? text.substring(0, MOST) + "..." : text;
    }
}
