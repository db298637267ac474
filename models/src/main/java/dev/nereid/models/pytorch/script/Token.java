package dev.nereid.models.pytorch.script;

/**
 * A token of code.
 *
 * @param text as it is written; of a {@link Kind#TEXT} its content
 * @param at where it begins in the file
 */
record Token(Kind kind, String text, int at) {
    enum Kind {
        NAME,
        NUMBER,
        TEXT,
        SYMBOL,
        LINE_END,
        INDENT,
        DEDENT,
        END
    }

    boolean is(String symbolOrName) {
        return (kind == Kind.SYMBOL || kind == Kind.NAME) && text.equals(symbolOrName);
    }

    String shown() {
        return switch (kind) {
            case NAME, NUMBER, SYMBOL -> "'" + text.substring(0, Math.min(40, text.length())) + "'";
            case TEXT -> "a text";
            case LINE_END -> "the end of the line";
            case INDENT -> "a deeper indentation";
            case DEDENT -> "the end of the block";
            case END -> "the end of the file";
        };
    }
}
