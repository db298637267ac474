package dev.nereid.models.pytorch.script;

import dev.nereid.models.pytorch.aten.Argument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Parses a file of code: the part of Python in which PyTorch writes the methods and functions of a model. */
final class CodeParser {
    private final TokenReader tokens;
    private final ExpressionParser expressions;
    private final String prefix;
    private final Map<String, Definition> definitions = new LinkedHashMap<>();

    private CodeParser(CodeFile file, String prefix) {
        this.tokens = new TokenReader(file);
        this.expressions = new ExpressionParser(tokens);
        this.prefix = prefix;
    }

    /**
     * What a file defines, by simple name.
     *
     * @param module the dotted name of the file, such as {@code __torch__.net}
     */
    static Map<String, Definition> parse(CodeFile file, String module) {
        CodeParser parser = new CodeParser(file, module + ".");
        parser.file();
        return parser.definitions;
    }

    private void file() {
        while (!tokens.nextIs(Token.Kind.END)) {
            if (tokens.nextIs("class")) {
                Definition.OfClass definition = classDefinition();
                define(definition.name(), definition);
            } else if (tokens.nextIs("def")) {
                Definition.OfFunction function = function("");
                define(function.name(), function);
            } else {
                // Old files begin with the version of the operators and with imports.
                skipLine();
            }
        }
    }

    private void define(String fullName, Definition definition) {
        definitions.put(fullName.substring(prefix.length()), definition);
    }

    private void skipLine() {
        while (!tokens.nextIs(Token.Kind.LINE_END) && !tokens.nextIs(Token.Kind.END)) {
            tokens.take();
        }
        tokens.take();
    }

    private Definition.OfClass classDefinition() {
        tokens.expect("class");
        String name = tokens.expect(Token.Kind.NAME, "a class's name").text();
        String base = "";
        if (tokens.takeIf("(")) {
            base = tokens.nextIs(")") ? "" : dotted(expressions.parse());
            tokens.expect(")");
        }
        startBlock();
        Map<String, Expression> attributes = new LinkedHashMap<>();
        Map<String, Expression> constants = new LinkedHashMap<>();
        Map<String, Definition.OfFunction> methods = new LinkedHashMap<>();
        while (!endsBlock()) {
            if (tokens.nextIs("def")) {
                Definition.OfFunction method = function(name + ".");
                methods.put(method.name().substring(method.name().lastIndexOf('.') + 1), method);
            } else if (!tokens.takeIf("pass")) {
                attribute(attributes, constants);
            }
            skipLineEnd();
        }
        return new Definition.OfClass(prefix + name, tokens.file(), base, attributes, constants, methods);
    }

    private static String dotted(Expression expression) {
        return switch (expression) {
            case Expression.Name(int _, String name) -> name;
            case Expression.Member(int _, Expression of, String name) -> dotted(of) + "." + name;
            default -> "";
        };
    }

    /** {@code name : type}, {@code name : type = value}, {@code name = value} or {@code __annotations__["name"] = type}. */
    private void attribute(Map<String, Expression> attributes, Map<String, Expression> constants) {
        Expression target = expressions.parse();
        Optional<Expression> type = tokens.takeIf(":") ? Optional.of(expressions.parse()) : Optional.empty();
        Optional<Expression> value = tokens.takeIf("=") ? Optional.of(expressions.parseWithCommas()) : Optional.empty();
        switch (target) {
            case Expression.Name(int _, String name) -> {
                type.ifPresent(each -> attributes.put(name, each));
                value.ifPresent(each -> constants.put(name, each));
            }
            case Expression.Item(
                    int _,
                    Expression.Name(int _, String list),
                    Expression.Literal(int _, Argument.OfText(String name)))
            when list.equals("__annotations__") -> value.ifPresent(each -> attributes.put(name, each));
            default -> throw tokens.file().error(target.at(), "expected an attribute of the class");
        }
    }

    private Definition.OfFunction function(String owner) {
        tokens.expect("def");
        String name = tokens.expect(Token.Kind.NAME, "a function's name").text();
        tokens.expect("(");
        List<Definition.Parameter> parameters = new ArrayList<>();
        while (!tokens.takeIf(")")) {
            String parameter =
                    tokens.expect(Token.Kind.NAME, "a parameter's name").text();
            Optional<Expression> type = tokens.takeIf(":") ? Optional.of(expressions.parse()) : Optional.empty();
            Optional<Expression> value = tokens.takeIf("=") ? Optional.of(expressions.parse()) : Optional.empty();
            parameters.add(new Definition.Parameter(parameter, type, value));
            if (!tokens.nextIs(")")) {
                tokens.expect(",");
            }
        }
        Optional<Expression> returns = tokens.takeIf("->") ? Optional.of(expressions.parse()) : Optional.empty();
        return new Definition.OfFunction(prefix + owner + name, tokens.file(), parameters, returns, block());
    }

    private void startBlock() {
        tokens.expect(":");
        tokens.expect(Token.Kind.LINE_END, "the end of the line");
        tokens.expect(Token.Kind.INDENT, "a block");
        tokens.enter();
    }

    private boolean endsBlock() {
        if (tokens.nextIs(Token.Kind.DEDENT) || tokens.nextIs(Token.Kind.END)) {
            tokens.take();
            tokens.leave();
            return true;
        }
        return false;
    }

    private void skipLineEnd() {
        if (tokens.nextIs(Token.Kind.LINE_END)) {
            tokens.take();
        }
    }

    private List<ScriptStatement> block() {
        startBlock();
        List<ScriptStatement> statements = new ArrayList<>();
        while (!endsBlock()) {
            statement().ifPresent(statements::add);
        }
        return statements;
    }

    private Optional<ScriptStatement> statement() {
        int at = tokens.next().at();
        if (tokens.takeIf("if")) {
            return Optional.of(branch(at));
        }
        if (tokens.takeIf("for")) {
            Expression target = expressions.parseWithCommas(); // stops at 'in' as it is a target
            return Optional.of(loop(at, target));
        }
        if (tokens.takeIf("while")) {
            Expression condition = expressions.parse();
            return Optional.of(new ScriptStatement.While(at, condition, block()));
        }
        if (tokens.takeIf("with")) {
            Expression context = expressions.parse();
            Optional<Expression> target = tokens.takeIf("as") ? Optional.of(expressions.parse()) : Optional.empty();
            return Optional.of(new ScriptStatement.With(at, context, target, block()));
        }
        Optional<ScriptStatement> simple = simple(at);
        tokens.expect(Token.Kind.LINE_END, "the end of the line");
        return simple;
    }

    private ScriptStatement branch(int at) {
        Expression condition = expressions.parse();
        List<ScriptStatement> then = block();
        int next = tokens.next().at();
        if (tokens.takeIf("elif")) {
            tokens.enter();
            List<ScriptStatement> otherwise = List.of(branch(next));
            tokens.leave();
            return new ScriptStatement.If(at, condition, then, otherwise);
        }
        return new ScriptStatement.If(at, condition, then, tokens.takeIf("else") ? block() : List.of());
    }

    /** The target and the iterable come as one value: the parser took {@code in} for the operator. */
    private ScriptStatement loop(int at, Expression targetInIterable) {
        if (targetInIterable instanceof Expression.Call(int _, Expression.Member member, List<Expression> both, var _)
                && member.name().equals("__contains__")) {
            return new ScriptStatement.For(at, both.get(1), both.get(0), block());
        }
        throw tokens.unexpected("'in'");
    }

    private Optional<ScriptStatement> simple(int at) {
        if (tokens.takeIf("pass")) {
            return Optional.empty();
        }
        if (tokens.takeIf("return")) {
            boolean bare = tokens.nextIs(Token.Kind.LINE_END);
            return Optional.of(new ScriptStatement.Return(
                    at, bare ? Optional.empty() : Optional.of(expressions.parseWithCommas())));
        }
        if (tokens.nextIs("break") || tokens.nextIs("continue") || tokens.nextIs("del") || tokens.nextIs("raise")) {
            throw tokens.file().error(at, "'" + tokens.next().text() + "' is not of the language");
        }
        if (tokens.takeIf("assert")) {
            Expression condition = expressions.parse();
            Expression message = tokens.takeIf(",")
                    ? expressions.parse()
                    : new Expression.Literal(at, new Argument.OfText("an assertion does not hold"));
            Expression ops = new Expression.Member(at, new Expression.Name(at, "ops"), "prim");
            Expression raise = new Expression.Call(
                    at, new Expression.Member(at, ops, "RaiseException"), List.of(message), List.of());
            return Optional.of(
                    new ScriptStatement.If(at, condition, List.of(), List.of(new ScriptStatement.Evaluate(at, raise))));
        }
        Expression value = expressions.parseWithCommas();
        if (tokens.takeIf(":")) {
            expressions.parse(); // the type of a variable
        }
        return Optional.of(
                tokens.takeIf("=")
                        ? new ScriptStatement.Assign(at, value, expressions.parseWithCommas())
                        : new ScriptStatement.Evaluate(at, value));
    }
}
