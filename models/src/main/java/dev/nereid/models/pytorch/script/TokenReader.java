package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import java.util.List;

/** The tokens of a file and the place up to which they are read. Bounds how deep its parser may nest. */
final class TokenReader {
    private static final int DEEPEST = 150;

    private final CodeFile file;
    private final List<Token> tokens;
    private int position;
    private int depth;

    TokenReader(CodeFile file) {
        this.file = file;
        this.tokens = Lexer.tokens(file);
    }

    CodeFile file() {
        return file;
    }

    Token next() {
        return tokens.get(position);
    }

    Token take() {
        Token token = tokens.get(position);
        if (token.kind() != Token.Kind.END) {
            position++;
        }
        return token;
    }

    boolean nextIs(String symbolOrName) {
        return next().is(symbolOrName);
    }

    boolean nextIs(Token.Kind kind) {
        return next().kind() == kind;
    }

    /** Takes the token if it comes next. */
    boolean takeIf(String symbolOrName) {
        if (nextIs(symbolOrName)) {
            take();
            return true;
        }
        return false;
    }

    Token expect(String symbolOrName) {
        if (!nextIs(symbolOrName)) {
            throw unexpected("'" + symbolOrName + "'");
        }
        return take();
    }

    Token expect(Token.Kind kind, String what) {
        if (!nextIs(kind)) {
            throw unexpected(what);
        }
        return take();
    }

    ModelFormatException unexpected(String expected) {
        return file.error(next().at(), "expected " + expected + ", got " + next().shown());
    }

    /** Goes one level deeper. */
    void enter() {
        if (++depth > DEEPEST) {
            throw file.error(next().at(), "the code is nested more than " + DEEPEST + " deep");
        }
    }

    void leave() {
        depth--;
    }

    /** Fails where something repeats so often that what walks through it would nest too deep. */
    void boundChain(int links) {
        if (links > DEEPEST) {
            throw file.error(next().at(), "the expression has more than " + DEEPEST + " parts in a row");
        }
    }
}
