package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.PredicateOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.models.operators.Trait;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The list of the elementwise operators. */
public final class ElementwiseOperators {
    private static final Set<DataType> FIXED_SIZE = without(DataTypes.ALL, DataType.STRING);

    private ElementwiseOperators() {}

    /** Every elementwise operator with its versions. */
    public static List<Entry> all() {
        List<Entry> all = new ArrayList<>(UnaryOperators.all());
        all.addAll(binary());
        all.addAll(List.of(
                variadic("Max", BinaryOp.MAX, false),
                variadic("Min", BinaryOp.MIN, false),
                variadic("Sum", BinaryOp.ADD, false),
                variadic("Mean", BinaryOp.ADD, true),
                Entry.of("Clip", 1, new Clip()).taking(DataTypes.NUMBERS).with(Trait.UNARY, Trait.ACTIVATION),
                Entry.of("Where", 9, new Where())
                        .taking(DataTypes.BOOLS)
                        .taking(1, DataTypes.ALL)
                        .alike(1, 2)
                        .with(Trait.BROADCASTING, Trait.MOVEMENT),
                Entry.of("Cast", 1, new Cast(false))
                        .taking(DataTypes.NOT_COMPLEX)
                        .with(Trait.UNARY, Trait.COPY, Trait.MOVEMENT),
                Entry.of("CastLike", 15, new Cast(true))
                        .taking(DataTypes.NOT_COMPLEX)
                        .taking(1, DataTypes.NOT_COMPLEX)
                        .with(Trait.COPY, Trait.MOVEMENT),
                Entry.of("BitCast", 26, new BitCast()).taking(FIXED_SIZE),
                predicate("IsNaN", 9, PredicateOp.IS_NAN),
                predicate("IsInf", 10, PredicateOp.IS_INF)));
        return all;
    }

    private static List<Entry> binary() {
        return List.of(
                arithmetic("Add", BinaryOp.ADD),
                arithmetic("Sub", BinaryOp.SUB),
                arithmetic("Mul", BinaryOp.MUL),
                arithmetic("Div", BinaryOp.DIV),
                Entry.of("PRelu", 1, new PRelu()).taking(DataTypes.NUMBERS).with(Trait.BROADCASTING),
                Entry.of("Pow", 1, new Pow())
                        .taking(DataTypes.NUMBERS)
                        .taking(1, DataTypes.NUMBERS)
                        .with(Trait.BROADCASTING),
                Entry.of(
                                "Mod",
                                10,
                                new BinaryOperator(
                                        a -> a.integer("fmod", 0) != 0 ? BinaryOp.FMOD : BinaryOp.MOD,
                                        ElementwiseOperators::isNumber))
                        .taking(DataTypes.NUMBERS)
                        .with(Trait.BROADCASTING),
                Entry.of("BitShift", 11, new BinaryOperator(ElementwiseOperators::shift, DataType::isInteger))
                        .taking(DataTypes.UNSIGNED)
                        .with(Trait.BROADCASTING),
                bitwise("And", 1, BinaryOp.BITWISE_AND),
                bitwise("Or", 1, BinaryOp.BITWISE_OR),
                bitwise("Xor", 1, BinaryOp.BITWISE_XOR),
                bitwise("BitwiseAnd", 18, BinaryOp.BITWISE_AND),
                bitwise("BitwiseOr", 18, BinaryOp.BITWISE_OR),
                bitwise("BitwiseXor", 18, BinaryOp.BITWISE_XOR),
                comparison("Equal", 1, CompareOp.EQUAL),
                comparison("Less", 1, CompareOp.LESS),
                comparison("Greater", 1, CompareOp.GREATER),
                comparison("LessOrEqual", 12, CompareOp.LESS_OR_EQUAL),
                comparison("GreaterOrEqual", 12, CompareOp.GREATER_OR_EQUAL));
    }

    private static Entry variadic(String name, BinaryOp op, boolean mean) {
        return Entry.of(name, 1, new VariadicOperator(op, mean))
                .taking(mean ? DataTypes.FLOATS : DataTypes.NUMBERS)
                .with(Trait.BROADCASTING);
    }

    private static Entry predicate(String name, int since, PredicateOp op) {
        return Entry.of(name, since, new PredicateOperator(op))
                .taking(DataTypes.FLOATS_AND_FLOAT8)
                .with(Trait.UNARY);
    }

    private static Entry arithmetic(String name, BinaryOp op) {
        return Entry.of(name, 1, new BinaryOperator(_ -> op, ElementwiseOperators::isNumber))
                .taking(DataTypes.NUMBERS)
                .with(Trait.BROADCASTING);
    }

    private static Entry bitwise(String name, int since, BinaryOp op) {
        boolean logical = !name.startsWith("Bitwise");
        return Entry.of(
                        name,
                        since,
                        new BinaryOperator(_ -> op, type -> logical ? type == DataType.BOOL : type.isInteger()))
                .taking(logical ? DataTypes.BOOLS : DataTypes.INTEGERS)
                .with(Trait.BROADCASTING);
    }

    private static Entry comparison(String name, int since, CompareOp op) {
        return Entry.of(name, since, new ComparisonOperator(op))
                .taking(op == CompareOp.EQUAL ? DataTypes.NOT_COMPLEX : DataTypes.NUMBERS)
                .with(Trait.BROADCASTING);
    }

    private static Set<DataType> without(Set<DataType> types, DataType type) {
        return types.stream().filter(other -> other != type).collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isNumber(DataType type) {
        return type.isInteger() || type.isFloat();
    }

    private static BinaryOp shift(Attributes attributes) {
        String direction = attributes.text("direction", "");
        return switch (direction) {
            case "LEFT" -> BinaryOp.SHIFT_LEFT;
            case "RIGHT" -> BinaryOp.SHIFT_RIGHT;
            default -> throw new ModelFormatException("direction: expected LEFT or RIGHT, got '" + direction + "'");
        };
    }
}
