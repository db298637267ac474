package dev.nereid.models.pytorch.aten;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which form of an operator a call means: the first whose parameters can take its arguments. */
final class OverloadMatch {
    private OverloadMatch() {}

    static boolean suits(Schema schema, List<Argument> positional, Map<String, Argument> named) {
        List<Schema.Parameter> parameters = schema.parameters();
        long places = parameters.stream().filter(each -> !each.byNameOnly()).count();
        if (positional.size() > places
                || !named.keySet().stream()
                        .allMatch(name -> schema.parameter(name).isPresent())) {
            return false;
        }
        for (int i = 0; i < parameters.size(); i++) {
            Schema.Parameter parameter = parameters.get(i);
            Optional<Argument> given = i < positional.size() && !parameter.byNameOnly()
                    ? Optional.of(positional.get(i))
                    : Optional.ofNullable(named.get(parameter.name()));
            boolean fits = given.map(argument -> takes(parameter, argument))
                    .orElse(parameter.whenAbsent().isPresent() || parameter.optional());
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private static boolean takes(Schema.Parameter parameter, Argument argument) {
        String type = parameter.type().replace("?", "");
        if (argument instanceof Argument.OfNone) {
            return parameter.optional() || type.endsWith("[]") || type.equals("Generator");
        }
        if (type.equals("t[]")) {
            return argument instanceof Argument.OfList;
        }
        if (type.contains("[")) {
            String item = type.substring(0, type.indexOf('['));
            return switch (argument) {
                case Argument.OfList(List<Argument> items) -> items.stream().allMatch(each -> isA(item, each));
                default -> parameter.repeated() > 0 && isA(item, argument);
            };
        }
        return isA(type, argument);
    }

    private static boolean isA(String type, Argument argument) {
        return switch (argument) {
            case Argument.OfTensor _ -> type.equals("Tensor");
            case Argument.OfInteger _ ->
                switch (type) {
                    case "int", "SymInt", "Scalar", "float", "ScalarType", "Layout", "MemoryFormat" -> true;
                    default -> false;
                };
            case Argument.OfSymbolicInteger _ -> type.equals("SymInt") || type.equals("int") || type.equals("Scalar");
            case Argument.OfReal _, Argument.OfSymbolicScalar _ -> type.equals("float") || type.equals("Scalar");
            case Argument.OfBoolean _ -> type.equals("bool") || type.equals("Scalar");
            case Argument.OfText _ -> type.equals("str");
            case Argument.OfPackedWeights _ -> type.equals("PackedWeights");
            case Argument.OfDataType _ -> type.equals("ScalarType");
            case Argument.OfPlacement _ ->
                switch (type) {
                    case "Device", "Layout", "MemoryFormat" -> true;
                    default -> false;
                };
            case Argument.OfNone _ -> type.equals("Tensor");
            case Argument.OfList _ -> type.equals("CellParams");
        };
    }
}
