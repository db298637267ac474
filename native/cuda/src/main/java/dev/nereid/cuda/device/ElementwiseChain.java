package dev.nereid.cuda.device;

import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/**
 * Elementwise functions one behind the other, to be one kernel: what lies between them never sees memory. Values have
 * numbers: an element of each operand first, then what each function gives, of {@code FP32} or {@code BOOL}; the last one
 * is the result. Chains with equal functions are equal, so that one kernel serves them all.
 */
public record ElementwiseChain(List<Operand> operands, List<Function> functions) {
    /** Operands that kernels take. */
    public static final int MOST_OPERANDS = 12;

    /** Functions that kernels take: what fits into the registers of a card, with room to spare. */
    public static final int MOST_FUNCTIONS = 32;

    /** Where the element of an operand lies that belongs to element i of the result. */
    public enum Access {
        /** At i: the operand has the result's shape. */
        DENSE,
        /** At 0: the operand is one element. */
        SCALAR,
        /** At {@code i / inner % count}: the operand spans some axes that lie side by side. */
        PERIODIC
    }

    /** An operand of {@code FP32} or {@code BOOL}. */
    public record Operand(DataType dataType, Access access) {
        public Operand {
            requireKnown(dataType);
            Objects.requireNonNull(access, "access");
        }
    }

    /** What one operand is in a run. */
    public record Place(long address, int inner, int count) {}

    /** A function of values that are there already. */
    public sealed interface Function {
        /** The numbers of its arguments. */
        List<Integer> arguments();

        /** The same function of other arguments. */
        Function renumbered(IntUnaryOperator number);

        DataType resultType();
    }

    /** {@code f(x)} of {@code FP32}. */
    public record Unary(UnaryOp op, int x, float alpha, float beta) implements Function {
        @Override
        public List<Integer> arguments() {
            return List.of(x);
        }

        @Override
        public Function renumbered(IntUnaryOperator number) {
            return new Unary(op, number.applyAsInt(x), alpha, beta);
        }

        @Override
        public DataType resultType() {
            return DataType.FP32;
        }
    }

    /** {@code f(x, y)} of {@code FP32}. */
    public record Binary(BinaryOp op, int x, int y) implements Function {
        @Override
        public List<Integer> arguments() {
            return List.of(x, y);
        }

        @Override
        public Function renumbered(IntUnaryOperator number) {
            return new Binary(op, number.applyAsInt(x), number.applyAsInt(y));
        }

        @Override
        public DataType resultType() {
            return DataType.FP32;
        }
    }

    /** Whether a relation of {@code FP32} holds, as {@code BOOL}. */
    public record Compare(CompareOp op, int x, int y) implements Function {
        @Override
        public List<Integer> arguments() {
            return List.of(x, y);
        }

        @Override
        public Function renumbered(IntUnaryOperator number) {
            return new Compare(op, number.applyAsInt(x), number.applyAsInt(y));
        }

        @Override
        public DataType resultType() {
            return DataType.BOOL;
        }
    }

    /** {@code condition ? x : y} of a {@code BOOL} and two of {@code FP32}. */
    public record Select(int condition, int x, int y) implements Function {
        @Override
        public List<Integer> arguments() {
            return List.of(condition, x, y);
        }

        @Override
        public Function renumbered(IntUnaryOperator number) {
            return new Select(number.applyAsInt(condition), number.applyAsInt(x), number.applyAsInt(y));
        }

        @Override
        public DataType resultType() {
            return DataType.FP32;
        }
    }

    public ElementwiseChain {
        operands = List.copyOf(operands);
        functions = List.copyOf(functions);
        if (functions.isEmpty() || operands.size() > MOST_OPERANDS || functions.size() > MOST_FUNCTIONS) {
            throw new IllegalArgumentException("a chain has 1 to " + MOST_FUNCTIONS + " functions and up to "
                    + MOST_OPERANDS + " operands, not " + functions.size() + " and " + operands.size());
        }
        List<DataType> types = new ArrayList<>();
        operands.forEach(operand -> types.add(operand.dataType()));
        for (Function function : functions) {
            List<Integer> arguments = function.arguments();
            for (int i = 0; i < arguments.size(); i++) {
                DataType wanted = function instanceof Select && i == 0 ? DataType.BOOL : DataType.FP32;
                int value = arguments.get(i);
                if (value < 0 || value >= types.size() || types.get(value) != wanted) {
                    throw new IllegalArgumentException(
                            function + ": expected a value of " + wanted + " that is there, got number " + value);
                }
            }
            types.add(function.resultType());
        }
    }

    /** The type of the result. */
    public DataType resultType() {
        return functions.getLast().resultType();
    }

    private static void requireKnown(DataType type) {
        if (type != DataType.FP32 && type != DataType.BOOL) {
            throw new IllegalArgumentException("an operand of a chain: expected FP32 or BOOL, got " + type);
        }
    }
}
