package dev.nereid.models.pytorch.aten;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A few calls of ATen operators, and what PyTorch gives for them. The text of a case, one item a line:
 *
 * <pre>
 * case written through a slice
 * input x FP32 [4] 0 1 2 3
 * call part aten::slice.Tensor $x 0 1 3
 * call sum aten::add_.Tensor $part 10 alpha=2
 * gives $x FP32 [4] 0 21 22 3
 * </pre>
 *
 * {@code $name:1} is the second result of a call, or the second item of a list that it gives. {@code near 1e-3} is a
 * tolerance, relative and absolute; {@code known} says that every shape must be known when the graph is built; {@code weights x1 x2} that these inputs are
 * constants where others have only a rank; {@code
 * refused TEXT} that the last call is refused with a message that has the text.
 */
record AtenCase(
        String name,
        Map<String, Tensor> inputs,
        List<Call> calls,
        List<Result> results,
        double tolerance,
        boolean known,
        Set<String> weights,
        String refusal) {
    /** A call whose results later lines know by a name. */
    record Call(String result, String operator, String overload, List<String> arguments) {}

    /** What a reference to an input or a result shall be. */
    record Result(String reference, Tensor tensor) {}

    private static final double USUAL_TOLERANCE = 1e-5;
    private static final Pattern TOKEN = Pattern.compile("'[^']*'|[\\[\\]]|[^\\s\\[\\]]+");

    static List<AtenCase> parse(List<String> lines) {
        List<AtenCase> cases = new ArrayList<>();
        List<String> block = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("case ") && !block.isEmpty()) {
                cases.add(one(block));
                block.clear();
            }
            if (!line.isBlank() && !line.startsWith("#")) {
                block.add(line);
            }
        }
        if (!block.isEmpty()) {
            cases.add(one(block));
        }
        return cases;
    }

    private static AtenCase one(List<String> lines) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        List<Call> calls = new ArrayList<>();
        List<Result> results = new ArrayList<>();
        double tolerance = USUAL_TOLERANCE;
        boolean known = false;
        Set<String> weights = new HashSet<>();
        String refusal = "";
        for (String line : lines.subList(1, lines.size())) {
            Deque<String> tokens = tokens(line);
            switch (tokens.pop()) {
                case "input" -> inputs.put(tokens.pop(), tensor(tokens));
                case "call" -> calls.add(call(tokens));
                case "gives" -> results.add(new Result(tokens.pop(), tensor(tokens)));
                case "near" -> tolerance = Double.parseDouble(tokens.pop());
                case "known" -> known = true;
                case "weights" -> weights.addAll(tokens);
                case "refused" -> refusal = String.join(" ", tokens);
                default -> throw new IllegalArgumentException(line);
            }
        }
        return new AtenCase(lines.getFirst().substring(5), inputs, calls, results, tolerance, known, weights, refusal);
    }

    private static Deque<String> tokens(String line) {
        Deque<String> tokens = new ArrayDeque<>();
        Matcher token = TOKEN.matcher(line);
        while (token.find()) {
            tokens.add(token.group());
        }
        return tokens;
    }

    private static Call call(Deque<String> tokens) {
        String result = tokens.pop();
        String[] operator = tokens.pop().split("\\.", 2);
        return new Call(result, operator[0], operator.length == 1 ? "" : operator[1], List.copyOf(tokens));
    }

    private static Tensor tensor(Deque<String> tokens) {
        DataType type = DataType.valueOf(tokens.pop());
        tokens.pop();
        List<Long> dims = new ArrayList<>();
        for (String token = tokens.pop(); !token.equals("]"); token = tokens.pop()) {
            dims.add(Long.parseLong(token));
        }
        return TorchNumbers.tensor(type, dims, List.copyOf(tokens));
    }

    /** Reads the arguments of a call: by place, and by name. */
    static final class Reader {
        private final Map<String, List<Argument>> results;
        private final Deque<String> tokens;
        final List<Argument> positional = new ArrayList<>();
        final Map<String, Argument> named = new HashMap<>();

        /** @param results what earlier calls gave, and the inputs */
        Reader(Call call, Map<String, List<Argument>> results) {
            this.results = results;
            this.tokens = new ArrayDeque<>(call.arguments());
            while (!tokens.isEmpty()) {
                int equals = tokens.peek().startsWith("'") ? -1 : tokens.peek().indexOf('=');
                if (equals < 0) {
                    positional.add(next());
                } else {
                    String name = tokens.peek().substring(0, equals);
                    String rest = tokens.pop().substring(equals + 1);
                    if (!rest.isEmpty()) {
                        tokens.push(rest);
                    }
                    named.put(name, next());
                }
            }
        }

        private Argument next() {
            String token = tokens.pop();
            if (token.equals("[")) {
                List<Argument> items = new ArrayList<>();
                while (!tokens.peek().equals("]")) {
                    items.add(next());
                }
                tokens.pop();
                return new Argument.OfList(items);
            }
            return token.startsWith("$") ? reference(token, results) : literal(token);
        }

        private static Argument literal(String token) {
            if (token.startsWith("'")) {
                return new Argument.OfText(token.substring(1, token.length() - 1));
            }
            return switch (token) {
                case "None" -> Argument.none();
                case "True" -> Argument.of(true);
                case "False" -> Argument.of(false);
                default -> {
                    if (token.matches("-?\\d+")) {
                        yield Argument.of(Long.parseLong(token));
                    }
                    yield token.matches("[A-Z]+\\d*")
                            ? new Argument.OfDataType(DataType.valueOf(token))
                            : Argument.of(TorchNumbers.number(token));
                }
            };
        }
    }

    /** What {@code $name} or {@code $name:index} is. */
    static Argument reference(String text, Map<String, List<Argument>> results) {
        int colon = text.indexOf(':');
        String name = text.substring(1, colon < 0 ? text.length() : colon);
        return results.getOrDefault(name, List.of()).get(colon < 0 ? 0 : Integer.parseInt(text.substring(colon + 1)));
    }
}
