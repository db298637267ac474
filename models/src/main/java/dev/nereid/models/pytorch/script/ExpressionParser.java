package dev.nereid.models.pytorch.script;

import dev.nereid.models.pytorch.aten.Argument;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Parses expressions, by precedence. */
final class ExpressionParser {
    /** Operators between two values, loosest first, and the functions that they mean. */
    private static final List<Map<String, String>> BINARY = List.of(
            Map.of("==", "eq", "!=", "ne", "<", "lt", "<=", "le", ">", "gt", ">=", "ge"),
            Map.of("|", "__or__"),
            Map.of("^", "__xor__"),
            Map.of("&", "__and__"),
            Map.of("+", "add", "-", "sub"),
            Map.of("*", "mul", "/", "div", "//", "floordiv", "%", "remainder", "@", "matmul"));

    private final TokenReader tokens;

    ExpressionParser(TokenReader tokens) {
        this.tokens = tokens;
    }

    /** One expression, or several with commas between as a tuple. */
    Expression parseWithCommas() {
        Expression first = parse();
        if (!tokens.nextIs(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.takeIf(",") && startsExpression()) {
            items.add(parse());
        }
        return new Expression.TupleOf(first.at(), items);
    }

    Expression parse() {
        tokens.enter();
        Expression value = logical(false);
        if (tokens.nextIs("if")) {
            int at = tokens.take().at();
            Expression condition = logical(false);
            tokens.expect("else");
            value = new Expression.Conditional(at, condition, value, parse());
        }
        tokens.leave();
        return value;
    }

    private boolean startsExpression() {
        return switch (tokens.next().kind()) {
            case NAME, NUMBER, TEXT -> true;
            case SYMBOL ->
                tokens.nextIs("(")
                        || tokens.nextIs("[")
                        || tokens.nextIs("{")
                        || tokens.nextIs("-")
                        || tokens.nextIs("~");
            case LINE_END, INDENT, DEDENT, END -> false;
        };
    }

    private Expression logical(boolean isAnd) {
        Expression left = isAnd ? negation() : logical(true);
        String word = isAnd ? "and" : "or";
        for (int links = 0; tokens.nextIs(word); links++) {
            tokens.boundChain(links);
            int at = tokens.take().at();
            left = new Expression.Logical(at, isAnd, left, isAnd ? negation() : logical(true));
        }
        return left;
    }

    private Expression negation() {
        if (!tokens.nextIs("not")) {
            return comparison();
        }
        int at = tokens.take().at();
        tokens.enter();
        Expression negated = negation();
        tokens.leave();
        return call(at, "__not__", negated);
    }

    private Expression comparison() {
        Expression left = binary(0);
        for (int links = 0; ; links++) {
            tokens.boundChain(links);
            int at = tokens.next().at();
            if (tokens.takeIf("is")) {
                boolean not = tokens.takeIf("not");
                left = call(at, not ? "__isnot__" : "__is__", left, binary(0));
            } else if (tokens.takeIf("in")) {
                left = call(at, "__contains__", binary(0), left);
            } else {
                return left;
            }
        }
    }

    private Expression binary(int level) {
        if (level == BINARY.size()) {
            return unary();
        }
        Expression left = binary(level + 1);
        for (int links = 0; ; links++) {
            tokens.boundChain(links);
            Optional<String> function = Optional.ofNullable(
                    tokens.nextIs(Token.Kind.SYMBOL)
                            ? BINARY.get(level).get(tokens.next().text())
                            : null);
            if (function.isEmpty()) {
                return left;
            }
            int at = tokens.take().at();
            left = call(at, function.get(), left, binary(level + 1));
        }
    }

    private Expression unary() {
        int at = tokens.next().at();
        if (tokens.takeIf("-")) {
            if (tokens.nextIs(Token.Kind.NUMBER)) {
                return power(postfix(
                        new Expression.Literal(at, number("-" + tokens.take().text(), at))));
            }
            tokens.enter();
            Expression negated = unary();
            tokens.leave();
            return call(at, "neg", negated);
        }
        if (tokens.takeIf("~")) {
            tokens.enter();
            Expression inverted = unary();
            tokens.leave();
            return call(at, "bitwise_not", inverted);
        }
        return power(postfix(primary()));
    }

    private Expression power(Expression base) {
        if (!tokens.nextIs("**")) {
            return base;
        }
        int at = tokens.take().at();
        tokens.enter();
        Expression exponent = unary();
        tokens.leave();
        return call(at, "pow", base, exponent);
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        for (int links = 0; ; links++) {
            tokens.boundChain(links);
            int at = tokens.next().at();
            if (tokens.takeIf(".")) {
                value = new Expression.Member(
                        at, value, tokens.expect(Token.Kind.NAME, "a name").text());
            } else if (tokens.takeIf("(")) {
                value = arguments(value, at);
            } else if (tokens.takeIf("[")) {
                value = index(value, at);
            } else {
                return value;
            }
        }
    }

    private Expression arguments(Expression function, int at) {
        List<Expression> arguments = new ArrayList<>();
        List<Expression.Named> named = new ArrayList<>();
        while (!tokens.takeIf(")")) {
            Expression value = parse();
            if (tokens.nextIs("=") && value instanceof Expression.Name(int _, String name)) {
                tokens.take();
                named.add(new Expression.Named(name, parse()));
            } else {
                arguments.add(value);
            }
            if (!tokens.nextIs(")")) {
                tokens.expect(",");
            }
        }
        return new Expression.Call(at, function, arguments, named);
    }

    private Expression index(Expression of, int at) {
        Optional<Expression> from = tokens.nextIs(":") ? Optional.empty() : Optional.of(parseWithCommas());
        if (tokens.takeIf(":")) {
            Optional<Expression> to = tokens.nextIs("]") ? Optional.empty() : Optional.of(parse());
            tokens.expect("]");
            return new Expression.Range(at, of, from, to);
        }
        tokens.expect("]");
        return new Expression.Item(at, of, from.orElseThrow());
    }

    private Expression primary() {
        Token token = tokens.take();
        int at = token.at();
        return switch (token.kind()) {
            case NUMBER -> new Expression.Literal(at, number(token.text(), at));
            case TEXT -> text(token);
            case NAME -> named(token);
            case SYMBOL ->
                switch (token.text()) {
                    case "(" -> bracketed(at);
                    case "[" -> new Expression.ListOf(at, items("]"));
                    case "{" -> dict(at);
                    default -> throw tokens.file().error(at, "expected a value, got " + token.shown());
                };
            case LINE_END, INDENT, DEDENT, END ->
                throw tokens.file().error(at, "expected a value, got " + token.shown());
        };
    }

    private Expression text(Token first) {
        StringBuilder text = new StringBuilder(first.text());
        while (tokens.nextIs(Token.Kind.TEXT)) {
            text.append(tokens.take().text());
        }
        return new Expression.Literal(first.at(), new Argument.OfText(text.toString()));
    }

    private static Expression named(Token token) {
        int at = token.at();
        return switch (token.text()) {
            case "None" -> new Expression.Literal(at, Argument.none());
            case "True" -> new Expression.Literal(at, Argument.of(true));
            case "False" -> new Expression.Literal(at, Argument.of(false));
            case "inf" -> new Expression.Literal(at, Argument.of(Double.POSITIVE_INFINITY));
            case "nan" -> new Expression.Literal(at, Argument.of(Double.NaN));
            default -> new Expression.Name(at, token.text());
        };
    }

    private Argument number(String text, int at) {
        try {
            return text.matches("-?\\d+") ? Argument.of(Long.parseLong(text)) : Argument.of(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            throw tokens.file().error(at, "'" + text.substring(0, Math.min(40, text.length())) + "' is not a number");
        }
    }

    private Expression bracketed(int at) {
        if (tokens.takeIf(")")) {
            return new Expression.TupleOf(at, List.of());
        }
        Expression value = parseWithCommas();
        tokens.expect(")");
        return value;
    }

    private List<Expression> items(String end) {
        List<Expression> items = new ArrayList<>();
        while (!tokens.takeIf(end)) {
            items.add(parse());
            if (!tokens.nextIs(end)) {
                tokens.expect(",");
            }
        }
        return items;
    }

    private Expression dict(int at) {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.takeIf("}")) {
            keys.add(parse());
            tokens.expect(":");
            values.add(parse());
            if (!tokens.nextIs("}")) {
                tokens.expect(",");
            }
        }
        return new Expression.DictOf(at, keys, values);
    }

    /** A call of one of PyTorch's functions. */
    private static Expression call(int at, String function, Expression... arguments) {
        Expression torch = new Expression.Member(at, new Expression.Name(at, "torch"), function);
        return new Expression.Call(at, torch, List.of(arguments), List.of());
    }
}
