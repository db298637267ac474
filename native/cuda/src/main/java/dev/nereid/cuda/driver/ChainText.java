package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.device.ElementwiseChain.Binary;
import dev.nereid.cuda.device.ElementwiseChain.Compare;
import dev.nereid.cuda.device.ElementwiseChain.Function;
import dev.nereid.cuda.device.ElementwiseChain.Operand;
import dev.nereid.cuda.device.ElementwiseChain.Select;
import dev.nereid.cuda.device.ElementwiseChain.Unary;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The PTX text of a chain: one kernel, a thread an element. Its arguments are one block, as those of the kernels in the
 * sources: the result's address, its length, four bytes that nobody reads; then for each operand its address, and what a
 * {@code PERIODIC} one is divided by and counted up to.
 */
final class ChainText {
    /** The kernel's name. */
    static final String KERNEL = "chain";

    private static final int HEADER_BYTES = 16;
    private static final int OPERAND_BYTES = 16;

    private final PtxBody body = new PtxBody();
    private final List<String> values = new ArrayList<>();

    private ChainText() {}

    /** Writes a chain of functions that {@link PtxFunctions} has. */
    static String of(ElementwiseChain chain) {
        int bytes = HEADER_BYTES + OPERAND_BYTES * chain.operands().size();
        return ".version 6.4\n.target sm_75\n.address_size 64\n\n.visible .entry " + KERNEL
                + "(\n\t.param .align 8 .b8 arguments[" + bytes + "]\n)\n{\n" + new ChainText().write(chain) + "}\n";
    }

    private String write(ElementwiseChain chain) {
        String length = body.integer("ld.param.u32", "[arguments+8]");
        String block = body.integer("mov.u32", "%ctaid.x");
        String size = body.integer("mov.u32", "%ntid.x");
        String thread = body.integer("mov.u32", "%tid.x");
        String i = body.integer("mad.lo.s32", block, size, thread);
        String outside = body.predicate("setp.ge.u32", i, length);
        body.effect("@" + outside + " ret");
        for (int operand = 0; operand < chain.operands().size(); operand++) {
            values.add(load(chain.operands().get(operand), HEADER_BYTES + OPERAND_BYTES * operand, i));
        }
        for (Function function : chain.functions()) {
            values.add(write(function));
        }
        store(chain.resultType(), i);
        body.effect("ret");
        return body.text();
    }

    private String load(Operand operand, int at, String i) {
        String start = body.address("ld.param.u64", "[arguments+" + at + "]");
        String address = switch (operand.access()) {
            case DENSE -> place(start, i, operand.dataType());
            case SCALAR -> start;
            case PERIODIC -> {
                String inner = body.integer("ld.param.u32", "[arguments+" + (at + 8) + "]");
                String count = body.integer("ld.param.u32", "[arguments+" + (at + 12) + "]");
                String number = body.integer("rem.u32", body.integer("div.u32", i, inner), count);
                yield place(start, number, operand.dataType());
            }
        };
        String global = body.address("cvta.to.global.u64", address);
        if (operand.dataType() == DataType.FP32) {
            return body.real("ld.global.f32", "[" + global + "]");
        }
        return body.predicate("setp.ne.s32", body.integer("ld.global.u8", "[" + global + "]"), "0");
    }

    private String place(String start, String number, DataType type) {
        return body.address("add.s64", start, body.address("mul.wide.u32", number, Integer.toString(type.bytes())));
    }

    private void store(DataType type, String i) {
        String start = body.address("ld.param.u64", "[arguments+0]");
        String global = body.address("cvta.to.global.u64", place(start, i, type));
        String result = values.getLast();
        if (type == DataType.FP32) {
            body.effect("st.global.f32", "[" + global + "]", result);
        } else {
            body.effect("st.global.u8", "[" + global + "]", body.integer("selp.s32", "1", "0", result));
        }
    }

    private String write(Function function) {
        return switch (function) {
            case Unary unary ->
                Objects.requireNonNull(PtxFunctions.UNARY.get(unary.op()), unary.op()::toString)
                        .write(body, values.get(unary.x()), unary.alpha(), unary.beta());
            case Binary binary ->
                Objects.requireNonNull(PtxFunctions.BINARY.get(binary.op()), binary.op()::toString)
                        .write(body, values.get(binary.x()), values.get(binary.y()));
            case Compare compare ->
                body.compare(PtxFunctions.relation(compare.op()), values.get(compare.x()), values.get(compare.y()));
            case Select select ->
                body.select(values.get(select.condition()), values.get(select.x()), values.get(select.y()));
        };
    }
}
