package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;

/**
 * A file of code.
 *
 * @param name in the archive, such as {@code code/__torch__/net.py}
 */
record CodeFile(String name, String text) {
    /** The number of the line that holds a place in the text, from 1. */
    int line(int offset) {
        int line = 1;
        for (int i = 0; i < Math.min(offset, text.length()); i++) {
            if (text.charAt(i) == '\n') {
                line++;
            }
        }
        return line;
    }

    /** What is wrong at a place of the text. */
    ModelFormatException error(int offset, String message) {
        return new ModelFormatException(name + ":" + line(offset) + ": " + message);
    }
}
