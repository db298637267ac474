package dev.nereid.models.pytorch.script;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Splits code into tokens. Lines end blocks by their indentation, as in Python; inside brackets they do not count. */
final class Lexer {
    private static final List<String> SYMBOLS = List.of(
            "->", "==", "!=", "<=", ">=", "//", "**", "(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "+", "-", "*",
            "/", "%", "<", ">", "@", "&", "|", "^", "~");
    private static final int DEEPEST = 200;

    private final CodeFile file;
    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private final List<Integer> indentations = new ArrayList<>(List.of(0));
    private int at;
    private int brackets;

    private Lexer(CodeFile file) {
        this.file = file;
        this.text = file.text();
    }

    /** All tokens of a file, the last one an {@link Token.Kind#END}. */
    static List<Token> tokens(CodeFile file) {
        Lexer lexer = new Lexer(file);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < text.length()) {
            startLine();
            while (at < text.length() && !endsLine()) {
                token();
            }
        }
        if (brackets > 0) {
            throw file.error(at, "a bracket is not closed");
        }
        endLine();
        dedent(0);
        add(Token.Kind.END, "", at);
    }

    /** Reads the indentation of a line that has something in it. */
    private void startLine() {
        int start = at;
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        if (at == text.length() || text.charAt(at) == '\n' || text.charAt(at) == '\r' || text.charAt(at) == '#') {
            return;
        }
        int indentation = at - start;
        if (indentation > indentations.getLast()) {
            if (indentations.size() > DEEPEST) {
                throw file.error(at, "blocks are nested more than " + DEEPEST + " deep");
            }
            indentations.add(indentation);
            add(Token.Kind.INDENT, "", at);
        } else {
            dedent(indentation);
        }
    }

    private void dedent(int indentation) {
        while (indentations.getLast() > indentation) {
            indentations.removeLast();
            add(Token.Kind.DEDENT, "", at);
        }
        if (indentations.getLast() != indentation) {
            throw file.error(at, "the line's indentation is that of no block");
        }
    }

    /** Passes over blanks, comments and the line's end; whether the line has ended. */
    private boolean endsLine() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n') {
                at++;
                if (brackets == 0) {
                    endLine();
                    return true;
                }
            } else if (c == ' ' || c == '\t' || c == '\r') {
                at++;
            } else if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n') {
                    at++;
                }
            } else {
                return false;
            }
        }
        return true;
    }

    private void endLine() {
        if (!tokens.isEmpty()
                && switch (tokens.getLast().kind()) {
                    case NAME, NUMBER, TEXT, SYMBOL -> true;
                    case LINE_END, INDENT, DEDENT, END -> false;
                }) {
            add(Token.Kind.LINE_END, "", at);
        }
    }

    private void token() {
        int start = at;
        char c = text.charAt(at);
        if (Character.isLetter(c) || c == '_') {
            while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
                at++;
            }
            add(Token.Kind.NAME, text.substring(start, at), start);
        } else if (isDigit(at) || (c == '.' && isDigit(at + 1))) {
            number();
            add(Token.Kind.NUMBER, text.substring(start, at), start);
        } else if (c == '"' || c == '\'') {
            add(Token.Kind.TEXT, quoted(c), start);
        } else {
            symbol();
        }
    }

    private boolean isDigit(int index) {
        return index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9';
    }

    private void number() {
        while (isDigit(at) || (at < text.length() && text.charAt(at) == '.')) {
            at++;
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            int sign = at + 1 < text.length() && (text.charAt(at + 1) == '-' || text.charAt(at + 1) == '+') ? 1 : 0;
            if (isDigit(at + 1 + sign)) {
                at += 1 + sign;
                while (isDigit(at)) {
                    at++;
                }
            }
        }
    }

    private void symbol() {
        for (String symbol : SYMBOLS) {
            if (text.startsWith(symbol, at)) {
                switch (symbol) {
                    case "(", "[", "{" -> brackets++;
                    case ")", "]", "}" -> brackets--;
                    default -> {}
                }
                if (brackets < 0) {
                    throw file.error(at, "a bracket is closed that is not open");
                }
                add(Token.Kind.SYMBOL, symbol, at);
                at += symbol.length();
                return;
            }
        }
        throw file.error(at, "the character '" + text.charAt(at) + "' is not of the language");
    }

    /** The content of a text; escapes of numbers are bytes of UTF-8. */
    private String quoted(char quote) {
        int start = at++;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int copied = at;
        while (true) {
            if (at >= text.length() || text.charAt(at) == '\n') {
                throw file.error(start, "a text does not end on its line");
            }
            char c = text.charAt(at);
            if (c == quote || c == '\\') {
                bytes.writeBytes(text.substring(copied, at).getBytes(StandardCharsets.UTF_8));
                at++;
                if (c == quote) {
                    return bytes.toString(StandardCharsets.UTF_8);
                }
                bytes.write(escaped(start));
                copied = at;
            } else {
                at++;
            }
        }
    }

    private int escaped(int start) {
        char c = at < text.length() ? text.charAt(at++) : '\n';
        return switch (c) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'a' -> 7;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'v' -> 11;
            case '\\', '\'', '"' -> c;
            case 'x' -> number(start, 16, 2);
            case '0', '1', '2', '3' -> {
                at--;
                yield number(start, 8, 3);
            }
            default -> throw file.error(start, "a text has the escape '\\" + c + "'");
        };
    }

    private int number(int start, int radix, int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at++), radix) : -1;
            if (digit < 0) {
                throw file.error(start, "a text has an escape with too few digits");
            }
            value = value * radix + digit;
        }
        return value;
    }

    private void add(Token.Kind kind, String content, int start) {
        tokens.add(new Token(kind, content, start));
    }
}
