package dev.nereid.models.pytorch.export;

import dev.nereid.models.graph.Dim;
import java.util.ArrayList;
import java.util.List;

/**
 * Sizes as exported programs write them: in the form of SymPy's constructors ({@code Mul(Integer(2), Symbol('s0',
 * positive=True))}) or as a formula ({@code 2*s0 + 1}). A formula that {@link Dim} cannot hold becomes a symbol of its own,
 * whose name is the text.
 */
final class SymbolicExpression {
    private static final int LONGEST = 4096;
    private static final int DEEPEST = 50;

    /** What the text has that no dim can hold, or that is no formula. */
    private static final class NotADim extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotADim() {
            super("", null, false, false);
        }
    }

    private final String text;
    private int at;
    private int depth;

    private SymbolicExpression(String text) {
        this.text = text;
    }

    /** The dim that a text means. */
    static Dim dim(String text) {
        if (text.length() > LONGEST) {
            return Dim.symbol(text.substring(0, 100));
        }
        try {
            SymbolicExpression expression = new SymbolicExpression(text);
            Dim dim = expression.sum();
            expression.end();
            return dim;
        } catch (NotADim | ArithmeticException e) {
            return Dim.symbol(text);
        }
    }

    private Dim sum() {
        if (++depth > DEEPEST) {
            throw new NotADim();
        }
        Dim sum = product();
        while (true) {
            if (take("+")) {
                sum = sum.plus(product());
            } else if (take("-")) {
                sum = sum.minus(product());
            } else {
                depth--;
                return sum;
            }
        }
    }

    private Dim product() {
        Dim product = power();
        while (true) {
            if (take("//")) {
                product = divide(product, power());
            } else if (!text.startsWith("**", at) && take("*")) {
                product = product.times(power());
            } else if (take("%")) {
                product = modulo(product, power());
            } else {
                return product;
            }
        }
    }

    private Dim power() {
        Dim base = factor();
        return take("**") ? power(base, factor()) : base;
    }

    private Dim factor() {
        if (take("(")) {
            Dim inner = sum();
            require(")");
            return inner;
        }
        if (take("-")) {
            return factor().times(-1);
        }
        if (at < text.length() && Character.isDigit(text.charAt(at))) {
            return Dim.of(number());
        }
        String name = word();
        return take("(") ? call(name) : Dim.symbol(name);
    }

    private Dim call(String name) {
        return switch (name) {
            case "Symbol" -> {
                String symbol = quoted();
                while (take(",")) {
                    word();
                    require("=");
                    word();
                }
                require(")");
                yield Dim.symbol(symbol);
            }
            case "Integer" -> {
                Dim number = factor();
                require(")");
                yield number;
            }
            default -> apply(name, arguments());
        };
    }

    private List<Dim> arguments() {
        List<Dim> arguments = new ArrayList<>();
        do {
            arguments.add(sum());
        } while (take(","));
        require(")");
        return arguments;
    }

    private static Dim apply(String name, List<Dim> arguments) {
        return switch (name) {
            case "Add" -> arguments.stream().reduce(Dim.of(0), Dim::plus);
            case "Mul" -> arguments.stream().reduce(Dim.of(1), Dim::times);
            case "Max" -> arguments.stream().reduce(Dim::max).orElseThrow(NotADim::new);
            case "Min" -> arguments.stream().reduce(Dim::min).orElseThrow(NotADim::new);
            case "FloorDiv", "CleanDiv", "IntTrueDiv" -> divide(pair(arguments, 0), pair(arguments, 1));
            case "CeilDiv" -> {
                Dim divisor = pair(arguments, 1);
                if (!divisor.isKnown() || divisor.value() <= 0) {
                    throw new NotADim();
                }
                yield arguments.getFirst().ceilDivide(divisor);
            }
            case "Mod", "PythonMod" -> modulo(pair(arguments, 0), pair(arguments, 1));
            case "Pow", "PowByNatural" -> power(pair(arguments, 0), pair(arguments, 1));
            default -> throw new NotADim();
        };
    }

    private static Dim pair(List<Dim> arguments, int index) {
        if (arguments.size() != 2) {
            throw new NotADim();
        }
        return arguments.get(index);
    }

    private static Dim divide(Dim dividend, Dim divisor) {
        if (!divisor.isKnown() || divisor.value() <= 0) {
            throw new NotADim();
        }
        return dividend.floorDivide(divisor);
    }

    private static Dim modulo(Dim dividend, Dim divisor) {
        if (!divisor.isKnown() || divisor.value() <= 0) {
            throw new NotADim();
        }
        return dividend.modulo(divisor);
    }

    private static Dim power(Dim base, Dim exponent) {
        if (!exponent.isKnown() || exponent.value() < 0 || exponent.value() > 8) {
            throw new NotADim();
        }
        Dim power = Dim.of(1);
        for (long i = 0; i < exponent.value(); i++) {
            power = power.times(base);
            if (power.length() > LONGEST) {
                throw new NotADim();
            }
        }
        return power;
    }

    private long number() {
        int start = at;
        while (at < text.length() && Character.isDigit(text.charAt(at))) {
            at++;
        }
        String digits = text.substring(start, at);
        skip();
        if (digits.length() > 18) {
            throw new NotADim();
        }
        return Long.parseLong(digits);
    }

    private String word() {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        if (at == start) {
            throw new NotADim();
        }
        String word = text.substring(start, at);
        skip();
        return word;
    }

    private String quoted() {
        int end = at < text.length() ? text.indexOf(text.charAt(at), at + 1) : -1;
        if (end < 0 || (text.charAt(at) != '\'' && text.charAt(at) != '"')) {
            throw new NotADim();
        }
        String name = text.substring(at + 1, end);
        at = end + 1;
        skip();
        return name;
    }

    private boolean take(String token) {
        boolean there = text.startsWith(token, at);
        if (there) {
            at += token.length();
            skip();
        }
        return there;
    }

    private void require(String token) {
        if (!take(token)) {
            throw new NotADim();
        }
    }

    private void end() {
        if (at < text.length()) {
            throw new NotADim();
        }
    }

    private void skip() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }
}
