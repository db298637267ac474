package dev.nereid.cuda.driver;

/**
 * The body of a PTX kernel as it is written: each instruction takes a register that nothing else has for its result, for the
 * driver's compiler hands out the card's. Used by one thread.
 *
 * <p>Arithmetic is {@code .rn} throughout: rounded after each instruction, and not joined with its neighbours.
 */
final class PtxBody {
    private final StringBuilder lines = new StringBuilder();
    private int reals;
    private int integers;
    private int addresses;
    private int predicates;

    /** Emits an instruction that gives a float; the register that has it. */
    String real(String instruction, String... operands) {
        return result("%f" + reals++, instruction, operands);
    }

    /** Emits an instruction that gives 32 bits. */
    String integer(String instruction, String... operands) {
        return result("%r" + integers++, instruction, operands);
    }

    /** Emits an instruction that gives 64 bits. */
    String address(String instruction, String... operands) {
        return result("%rd" + addresses++, instruction, operands);
    }

    /** Emits an instruction that gives a truth value. */
    String predicate(String instruction, String... operands) {
        return result("%p" + predicates++, instruction, operands);
    }

    /** Emits an instruction that gives nothing. */
    void effect(String instruction, String... operands) {
        lines.append('\t').append(instruction);
        if (operands.length > 0) {
            lines.append(' ').append(String.join(", ", operands));
        }
        lines.append(";\n");
    }

    private String result(String register, String instruction, String[] operands) {
        lines.append('\t').append(instruction).append(' ').append(register);
        for (String operand : operands) {
            lines.append(", ").append(operand);
        }
        lines.append(";\n");
        return register;
    }

    /** A float as PTX spells it: its bits. */
    static String constant(float value) {
        return String.format("0f%08X", Float.floatToRawIntBits(value));
    }

    String add(String x, String y) {
        return real("add.rn.f32", x, y);
    }

    String subtract(String x, String y) {
        return real("sub.rn.f32", x, y);
    }

    String multiply(String x, String y) {
        return real("mul.rn.f32", x, y);
    }

    String divide(String x, String y) {
        return real("div.rn.f32", x, y);
    }

    /** {@code x * y + z}, rounded once. */
    String fma(String x, String y, String z) {
        return real("fma.rn.f32", x, y, z);
    }

    /** Whether a relation holds: {@code lt}, {@code le}, {@code gt}, {@code ge}, {@code eq}; none does for a NaN. */
    String compare(String relation, String x, String y) {
        return predicate("setp." + relation + ".f32", x, y);
    }

    String select(String condition, String x, String y) {
        return real("selp.f32", x, y, condition);
    }

    /** The larger one, NaN where one of them is: {@code larger} of the CUDA sources. */
    String larger(String x, String y) {
        return extreme("gt", x, y);
    }

    /** The smaller one, NaN where one of them is. */
    String smaller(String x, String y) {
        return extreme("lt", x, y);
    }

    private String extreme(String relation, String x, String y) {
        String ordered = select(compare(relation, x, y), x, y);
        String orY = select(compare("eq", y, y), ordered, y);
        return select(compare("eq", x, x), orY, x);
    }

    /** A polynomial of {@code x}, the highest power's coefficient first. */
    String polynomial(String x, float... coefficients) {
        String sum = constant(coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            sum = fma(sum, x, constant(coefficients[i]));
        }
        return sum;
    }

    /** The registers that were taken, and the instructions. */
    String text() {
        return "\t.reg .pred %p<" + (predicates + 1) + ">;\n\t.reg .b32 %r<" + (integers + 1) + ">;\n\t.reg .f32 %f<"
                + (reals + 1) + ">;\n\t.reg .b64 %rd<" + (addresses + 1) + ">;\n\n" + lines;
    }
}
