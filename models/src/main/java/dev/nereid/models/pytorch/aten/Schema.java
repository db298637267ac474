package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An operator's name and parameters as PyTorch's native_functions.yaml writes them, such as {@code gelu(Tensor self, *,
 * str approximate='none') -> Tensor}.
 *
 * @param namespace {@code aten} unless the text begins with another, such as {@code torchvision::}
 * @param name without the overload
 * @param overload empty for the default one
 * @param results how many values it gives back; -1 for a list
 */
public record Schema(
        String namespace, String name, String overload, List<Parameter> parameters, int results, boolean inPlace) {
    private static final Pattern FORM =
            Pattern.compile("(?:(\\w+)::)?(\\w+)(?:\\.(\\w+))?\\((.*)\\) -> (.+)", Pattern.DOTALL);
    private static final Pattern PARAMETER = Pattern.compile("(\\S+) (\\w+)(?:=(.+))?");

    /**
     * One parameter.
     *
     * @param type as the text has it, such as {@code Tensor?}, {@code SymInt[2]} or {@code Scalar}; without alias marks
     * @param whenAbsent what it is where a call leaves it out; absent where a call may not
     * @param byNameOnly whether it comes behind the {@code *}
     */
    public record Parameter(String type, String name, Optional<Argument> whenAbsent, boolean byNameOnly) {
        /** Whether None may be given. */
        boolean optional() {
            return type.endsWith("?");
        }

        /** The argument as the parameter's type has it: scripts give datatypes as numbers. */
        Argument converted(Argument argument) {
            return type.startsWith("ScalarType") && argument instanceof Argument.OfInteger(long number)
                    ? new Argument.OfDataType(ScalarTypes.ofNumber(number))
                    : argument;
        }

        /** The length to which one integer is repeated; 0 where it is not. */
        int repeated() {
            Matcher length = Pattern.compile("\\w+\\[(\\d+)]\\??").matcher(type);
            return length.matches() ? Integer.parseInt(length.group(1)) : 0;
        }
    }

    public Schema {
        parameters = List.copyOf(parameters);
    }

    /** Reads a schema; only for texts of this program. */
    public static Schema parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException("not a schema: " + text);
        }
        List<Parameter> parameters = new ArrayList<>();
        boolean byName = false;
        for (String part : split(form.group(4))) {
            if (part.equals("*")) {
                byName = true;
            } else {
                parameters.add(parameter(part, byName, text));
            }
        }
        String name = form.group(2);
        return new Schema(
                Optional.ofNullable(form.group(1)).orElse("aten"),
                name,
                Optional.ofNullable(form.group(3)).orElse(""),
                parameters,
                results(form.group(5)),
                name.endsWith("_") && !name.endsWith("__"));
    }

    /** The name with its namespace, and the overload if it is not the default one. */
    public String fullName() {
        return namespace + "::" + name + (overload.isEmpty() ? "" : "." + overload);
    }

    /** The parameter of a name. */
    Optional<Parameter> parameter(String wanted) {
        return parameters.stream().filter(each -> each.name().equals(wanted)).findFirst();
    }

    private static int results(String text) {
        if (text.endsWith("[]")) {
            return -1;
        }
        return text.equals("()")
                ? 0
                : text.startsWith("(") ? split(text.substring(1)).size() : 1;
    }

    private static Parameter parameter(String text, boolean byName, String schema) {
        Matcher form = PARAMETER.matcher(text.replaceAll("\\([a-z!|> *-]+\\)", ""));
        if (!form.matches()) {
            throw new IllegalArgumentException("parameter '" + text + "' of schema: " + schema);
        }
        Optional<Argument> value = Optional.ofNullable(form.group(3)).map(Schema::literal);
        return new Parameter(form.group(1), form.group(2), value, byName);
    }

    private static Argument literal(String text) {
        if (text.startsWith("[")) {
            String inner = text.substring(1, text.length() - 1);
            return new Argument.OfList(
                    split(inner).stream().map(Schema::literal).toList());
        }
        if (text.startsWith("'") || text.startsWith("\"")) {
            return new Argument.OfText(text.substring(1, text.length() - 1));
        }
        return switch (text) {
            case "None" -> Argument.none();
            case "True" -> Argument.of(true);
            case "False" -> Argument.of(false);
            case "Mean" -> Argument.of(1);
            case "contiguous_format", "preserve_format", "strided" -> new Argument.OfPlacement(text);
            case "long" -> new Argument.OfDataType(dev.nereid.tensor.DataType.INT64);
            default ->
                text.matches("-?\\d+") ? Argument.of(Long.parseLong(text)) : Argument.of(Double.parseDouble(text));
        };
    }

    /** Parts between commas that are not inside brackets. */
    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            char at = i < text.length() ? text.charAt(i) : ',';
            depth += at == '[' || at == '(' ? 1 : at == ']' || at == ')' ? -1 : 0;
            if (at == ',' && (depth == 0 || i == text.length())) {
                String part = text.substring(start, i).strip();
                if (!part.isEmpty()) {
                    parts.add(part);
                }
                start = i + 1;
            }
        }
        return parts;
    }

    /**
     * The arguments of a call in the order of the parameters, with the values of those that it leaves out.
     *
     * @throws ModelFormatException if one is missing, unknown or too many
     */
    List<Argument> bind(List<Argument> positional, java.util.Map<String, Argument> named) {
        List<Argument> bound = new ArrayList<>();
        int used = 0;
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            Argument given = named.get(parameter.name());
            if (given != null) {
                used++;
                bound.add(parameter.converted(given));
            } else if (i < positional.size() && !parameter.byNameOnly()) {
                bound.add(parameter.converted(positional.get(i)));
            } else {
                bound.add(parameter
                        .whenAbsent()
                        .or(() -> parameter.optional() ? Optional.of(Argument.none()) : Optional.empty())
                        .orElseThrow(() -> new ModelFormatException(
                                fullName() + ": the argument '" + parameter.name() + "' is missing")));
            }
        }
        long places = parameters.stream().filter(each -> !each.byNameOnly()).count();
        if (used < named.size() || positional.size() > places) {
            throw new ModelFormatException(fullName() + ": expected the arguments "
                    + parameters.stream().map(Parameter::name).toList() + ", got " + positional.size()
                    + " by place and "
                    + named.keySet() + " by name");
        }
        return bound;
    }
}
