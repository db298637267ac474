package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Copies, other datatypes, and tensors that are written as a whole. Devices and layouts have no meaning here. */
final class AtenTypes {
    private AtenTypes() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>(conversions());
        for (String name : List.of(
                "alias(Tensor(a) self)",
                "detach(Tensor(a) self)",
                "detach_(Tensor(a!) self)",
                "lift(Tensor self)",
                "lift_fresh(Tensor(a) self)",
                "requires_grad_(Tensor(a!) self, bool requires_grad=True)",
                "cpu(Tensor(a) self)",
                "_conj(Tensor(a) self)")) {
            rows.add(results(name + " -> Tensor", call -> List.of(call.argument("self"))));
        }
        rows.addAll(List.of(
                results(
                        "contiguous(Tensor(a) self, *, MemoryFormat memory_format=contiguous_format) -> Tensor(a)",
                        call -> List.of(call.reference("self").isView() ? copy(call) : call.argument("self"))),
                results(
                        "clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
                        call -> List.of(copy(call))),
                results("lift_fresh_copy(Tensor self) -> Tensor", call -> List.of(copy(call))),
                results("detach_copy(Tensor self) -> Tensor", call -> List.of(copy(call))),
                results("alias_copy(Tensor self) -> Tensor", call -> List.of(copy(call))),
                row("copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor", call -> filled(call, "src")),
                row("fill.Scalar(Tensor self, Scalar value) -> Tensor", call -> filled(call, "value")),
                row("fill.Tensor(Tensor self, Tensor value) -> Tensor", call -> filled(call, "value")),
                row("zero(Tensor self) -> Tensor", call -> {
                    DataType type = call.graph().dataType(call.tensor("self"));
                    return expanded(call, call.graph().scalar(0L, type));
                })));
        return rows;
    }

    private static List<AtenOperator> conversions() {
        return List.of(
                converted("to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False,"
                        + " MemoryFormat? memory_format=None) -> Tensor(a)"),
                converted("to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool"
                        + " copy=False, MemoryFormat? memory_format=None) -> Tensor(a)"),
                converted("to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device?"
                        + " device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False,"
                        + " MemoryFormat? memory_format=None) -> Tensor(a)"),
                converted("to.prim_Device(Tensor(a) self, Device? device, ScalarType? dtype=None, bool"
                        + " non_blocking=False, bool copy=False) -> Tensor(a)"),
                converted("to.prim_dtype(Tensor(a) self, ScalarType? dtype=None, bool non_blocking=False, bool"
                        + " copy=False) -> Tensor(a)"),
                results(
                        "to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool copy=False,"
                                + " MemoryFormat? memory_format=None) -> Tensor(a)",
                        call -> List.of(convert(
                                call, Optional.of(call.graph().dataType(call.tensor("other"))), call.flag("copy")))),
                results(
                        "to.prim_other(Tensor(a) self, bool non_blocking=False, bool copy=False) -> Tensor(a)",
                        call -> List.of(convert(call, Optional.empty(), call.flag("copy")))),
                results(
                        "type_as(Tensor self, Tensor other) -> Tensor",
                        call -> List.of(
                                convert(call, Optional.of(call.graph().dataType(call.tensor("other"))), false))),
                results(
                        "_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None,"
                                + " bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None)"
                                + " -> Tensor",
                        call -> List.of(convert(call, call.dataType("dtype"), true))));
    }

    private static AtenOperator converted(String schema) {
        return results(schema, call -> List.of(convert(call, call.dataType("dtype"), call.flag("copy"))));
    }

    /** The tensor itself where it has the type and no copy is asked for. */
    private static Argument convert(AtenCall call, Optional<DataType> type, boolean copy) {
        Value self = call.tensor("self");
        DataType own = call.graph().dataType(self);
        return type.orElse(own) == own && !copy
                ? call.argument("self")
                : Argument.OfTensor.of(call.graph().cast(self, type.orElse(own)));
    }

    private static Argument copy(AtenCall call) {
        return Argument.OfTensor.of(call.tensor("self"));
    }

    /** An argument in the type and shape of the argument 'self'. */
    private static Value filled(AtenCall call, String name) {
        DataType type = call.graph().dataType(call.tensor("self"));
        return expanded(call, TypePromotion.value(call, name, type));
    }

    private static Value expanded(AtenCall call, Value value) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        return graph.type(value).dims().equals(graph.type(self).dims())
                ? value
                : graph.node("Expand", value, new SizeArithmetic(graph).shape(self));
    }
}
