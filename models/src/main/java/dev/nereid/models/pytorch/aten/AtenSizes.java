package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Sizes of tensors, their only elements as numbers, and assertions, which do nothing here. */
final class AtenSizes {
    private AtenSizes() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.addAll(List.of(
                results("sym_size.int(Tensor self, int dim) -> SymInt", AtenSizes::size),
                results("size.int(Tensor self, int dim) -> int", AtenSizes::size),
                list("sym_size(Tensor self) -> SymInt[]", SizeArithmetic::sizes),
                list("size(Tensor self) -> int[]", SizeArithmetic::sizes),
                results("sym_numel(Tensor self) -> SymInt", AtenSizes::elements),
                results("numel(Tensor self) -> int", AtenSizes::elements),
                results("sym_stride.int(Tensor self, int dim) -> SymInt", AtenSizes::stride),
                results("stride.int(Tensor self, int dim) -> int", AtenSizes::stride),
                list("sym_stride(Tensor self) -> SymInt[]", AtenSizes::strides),
                list("stride(Tensor self) -> int[]", AtenSizes::strides),
                results("sym_storage_offset(Tensor self) -> SymInt", AtenSizes::storageOffset),
                results("storage_offset(Tensor self) -> int", AtenSizes::storageOffset),
                results(
                        "dim(Tensor self) -> int",
                        call -> List.of(Argument.of(call.graph().rank(call.tensor("self"))))),
                results("item(Tensor self) -> Scalar", AtenSizes::item),
                results("_local_scalar_dense(Tensor self) -> Scalar", AtenSizes::item),
                results(
                        "is_floating_point(Tensor self) -> bool",
                        call -> List.of(Argument.of(
                                call.graph().dataType(call.tensor("self")).isFloat()))),
                results("is_complex(Tensor self) -> bool", _ -> List.of(Argument.of(false)))));
        for (String name : List.of(
                "_assert_async(Tensor self)",
                "_assert_async.msg(Tensor self, str assert_msg)",
                "_assert_scalar(Scalar self, str assert_msg)",
                "_assert_tensor_metadata(Tensor a, SymInt[]? size=None, SymInt[]? stride=None, ScalarType? dtype=None, *,"
                        + " Device? device=None, Layout? layout=None)",
                "sym_constrain_range(Scalar size, *, int? min=None, int? max=None)",
                "sym_constrain_range_for_size(Scalar size, *, int? min=None, int? max=None)")) {
            rows.add(results(name + " -> ()", _ -> List.of()));
        }
        for (String name : List.of(
                "_functional_assert_async.msg(Tensor self, str assert_msg, Tensor dep_token)",
                "_functional_assert_scalar(Scalar self, str assert_msg, Tensor dep_token)",
                "_functional_sym_constrain_range(Scalar size, int? min, int? max, Tensor dep_token)",
                "_functional_sym_constrain_range_for_size(Scalar size, int? min, int? max, Tensor dep_token)")) {
            rows.add(results(name + " -> Tensor", call -> List.of(call.argument("dep_token"))));
        }
        return rows;
    }

    private static AtenOperator list(String schema, BiFunction<SizeArithmetic, Value, List<Argument>> items) {
        return results(
                schema,
                call -> List.of(
                        new Argument.OfList(items.apply(new SizeArithmetic(call.graph()), call.tensor("self")))));
    }

    private static List<Argument> size(AtenCall call) {
        Value self = call.tensor("self");
        if (call.graph().rank(self) == 0) {
            throw new ModelFormatException("a tensor of rank 0 has no dims");
        }
        return List.of(call.graph().size(self, call.axis("dim", self)));
    }

    private static List<Argument> elements(AtenCall call) {
        SizeArithmetic sizes = new SizeArithmetic(call.graph());
        return List.of(sizes.product(sizes.sizes(call.tensor("self"))));
    }

    /** As if the tensor were contiguous, which every value here is. */
    private static List<Argument> stride(AtenCall call) {
        Value self = call.tensor("self");
        return List.of(strides(new SizeArithmetic(call.graph()), self).get(call.axis("dim", self)));
    }

    private static List<Argument> strides(SizeArithmetic sizes, Value of) {
        List<Argument> strides = new ArrayList<>();
        Argument stride = Argument.of(1);
        for (Argument size : sizes.sizes(of).reversed()) {
            strides.addFirst(stride);
            stride = sizes.multiply(stride, sizes.maximum(size, Argument.of(1)));
        }
        return strides;
    }

    private static List<Argument> storageOffset(AtenCall call) {
        if (call.reference("self").isView()) {
            throw new ModelFormatException("where a view lies in its tensor is not known");
        }
        return List.of(Argument.of(0));
    }

    /** The only element of a tensor, as a number where it is known. */
    private static List<Argument> item(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        DataType type = graph.dataType(self);
        if (type.isInteger()) {
            Value whole = graph.cast(self, DataType.INT64);
            return List.of(graph.integerArgument(
                    graph.rank(whole) < 2 ? whole : graph.node("Reshape", whole, graph.integers(1))));
        }
        Optional<Tensor> constant =
                graph.constant(self).filter(tensor -> tensor.shape().elements() == 1);
        if (constant.isPresent()) {
            return List.of(
                    type == DataType.BOOL
                            ? Argument.of(constant.get().segment().get(ValueLayout.JAVA_BYTE, 0) != 0)
                            : Argument.of(RealNumbers.first(constant.get())));
        }
        Value single = graph.rank(self) == 0 ? self : graph.node("Reshape", self, graph.integers());
        return List.of(
                new Argument.OfSymbolicScalar(type == DataType.BOOL ? single : graph.cast(single, DataType.FP64)));
    }
}
