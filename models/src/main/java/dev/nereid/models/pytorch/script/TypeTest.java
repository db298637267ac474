package dev.nereid.models.pytorch.script;

import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.ScriptValue.DictValue;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.ObjectValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.List;

/** {@code isinstance}. A container is of a type if all in it is. */
final class TypeTest {
    private TypeTest() {}

    /** @param type a type, or a tuple or list of types of which one must fit */
    static boolean isA(ScriptValue value, Expression type) {
        return switch (type) {
            case Expression.TupleOf(int _, List<Expression> types) ->
                types.stream().anyMatch(each -> isA(value, each));
            case Expression.ListOf(int _, List<Expression> types) ->
                types.stream().anyMatch(each -> isA(value, each));
            case Expression.Name(int _, String name) -> isPlain(value, name);
            case Expression.Literal(int _, Argument.OfNone _) -> value.isNone();
            case Expression.Item(int _, Expression.Name(int _, String container), Expression of) ->
                isContainer(value, container, of);
            case Expression.Member _ -> value instanceof ObjectValue object && object.className.equals(dotted(type));
            default -> false;
        };
    }

    private static String dotted(Expression expression) {
        return switch (expression) {
            case Expression.Name(int _, String name) -> name;
            case Expression.Member(int _, Expression of, String name) -> dotted(of) + "." + name;
            default -> "";
        };
    }

    private static boolean isPlain(ScriptValue value, String type) {
        return switch (type) {
            case "list" -> value instanceof ListValue;
            case "tuple" -> value instanceof TupleValue;
            case "dict" -> value instanceof DictValue;
            default ->
                value instanceof Plain(Argument argument)
                        && switch (argument) {
                            case Argument.OfTensor _ -> type.equals("Tensor");
                            case Argument.OfInteger _, Argument.OfSymbolicInteger _ ->
                                type.equals("int") || type.equals("number");
                            case Argument.OfReal _ -> type.equals("float") || type.equals("number");
                            case Argument.OfBoolean _ -> type.equals("bool");
                            case Argument.OfSymbolicScalar _ -> type.equals("float") || type.equals("bool");
                            case Argument.OfText _ -> type.equals("str");
                            case Argument.OfPlacement _ -> type.equals("Device") || type.equals("device");
                            case Argument.OfNone _ -> type.equals("NoneType");
                            case Argument.OfList _, Argument.OfDataType _, Argument.OfPackedWeights _ -> false;
                        };
        };
    }

    private static boolean isContainer(ScriptValue value, String container, Expression of) {
        return switch (container) {
            case "Optional" -> value.isNone() || isA(value, of);
            case "List" ->
                value instanceof ListValue list && list.items.stream().allMatch(item -> isA(item, of));
            case "Dict" ->
                value instanceof DictValue dict
                        && of instanceof Expression.TupleOf(int _, List<Expression> types)
                        && types.size() == 2
                        && dict.entries.values().stream().allMatch(item -> isA(item, types.get(1)));
            case "Tuple" -> value instanceof TupleValue tuple && isTuple(tuple, of);
            default -> false;
        };
    }

    private static boolean isTuple(TupleValue tuple, Expression of) {
        List<Expression> types = of instanceof Expression.TupleOf(int _, List<Expression> items) ? items : List.of(of);
        if (types.size() != tuple.items().size()) {
            return false;
        }
        for (int i = 0; i < types.size(); i++) {
            if (!isA(tuple.items().get(i), types.get(i))) {
                return false;
            }
        }
        return true;
    }
}
