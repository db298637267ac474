package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.ScalarTypes;
import dev.nereid.models.pytorch.script.Builtins.Builtin;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.tensor.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Questions about tensors and about where and how the model runs, and what has no meaning here. */
final class TensorBuiltins {
    private static final Argument CPU = new Argument.OfPlacement("cpu");

    private TensorBuiltins() {}

    static Map<String, Builtin> all() {
        Map<String, Builtin> all = new HashMap<>();
        all.put("aten::size", TensorBuiltins::size);
        all.put("aten::len", of((value, call) -> call.graph().size(value, 0)));
        all.put("aten::dim", of((value, call) -> Argument.of((long) call.graph().rank(value))));
        all.put(
                "prim::ndim",
                of((value, call) -> Argument.of((long) call.graph().rank(value))));
        all.put("aten::numel", of(TensorBuiltins::elements));
        all.put("aten::stride", TensorBuiltins::strides);
        all.put(
                "prim::dtype",
                of((value, call) -> Argument.of(call.graph()
                        .quantization(value)
                        .map(steps -> ScalarTypes.numberOfQuantized(call.graph().dataType(steps.zeroPoint())))
                        .orElseGet(() -> ScalarTypes.number(call.graph().dataType(value))))));
        all.put(
                "prim::is_quantized",
                of((value, call) -> Argument.of(call.graph().quantization(value).isPresent())));
        all.put(
                "aten::is_floating_point",
                of((value, call) -> Argument.of(call.graph().dataType(value).isFloat())));
        all.put(
                "aten::is_complex",
                of((value, call) -> Argument.of(call.graph().dataType(value).kind() == DataType.Kind.COMPLEX)));
        for (String device : List.of("prim::device", "aten::device")) {
            all.put(
                    device,
                    call -> Optional.of(new Plain(
                            call.at(0) instanceof Plain(Argument.OfText(String name))
                                    ? new Argument.OfPlacement(name)
                                    : CPU)));
        }
        all.put("prim::type", _ -> Optional.of(ScriptValue.of("cpu")));
        all.put("prim::index", _ -> Optional.of(ScriptValue.none()));
        all.put("prim::layout", _ -> Optional.of(ScriptValue.of(0L)));
        all.put("aten::get_device", _ -> Optional.of(ScriptValue.of(-1L)));
        for (String never : List.of(
                "prim::is_cuda",
                "prim::is_nested",
                "prim::is_sparse",
                "prim::is_mkldnn",
                "prim::is_meta",
                "prim::requires_grad",
                "aten::is_grad_enabled",
                "aten::is_autocast_enabled",
                "aten::is_autocast_cpu_enabled")) {
            all.put(never, _ -> Optional.of(ScriptValue.of(false)));
        }
        for (String always : List.of("prim::is_cpu", "aten::is_contiguous", "aten::is_scripting")) {
            all.put(always, _ -> Optional.of(ScriptValue.of(true)));
        }
        for (String nothing : List.of(
                "aten::warn",
                "aten::print",
                "prim::Print",
                "aten::manual_seed",
                "aten::set_grad_enabled",
                "prim::grad",
                "profiler::_record_function_enter",
                "profiler::_record_function_enter_new",
                "profiler::_record_function_exit")) {
            all.put(nothing, _ -> Optional.of(ScriptValue.none()));
        }
        for (String same : List.of(
                "prim::data",
                "prim::unchecked_unwrap_optional",
                "aten::_unwrap_optional",
                "aten::requires_grad_",
                "aten::cpu",
                "aten::cuda")) {
            all.put(same, call -> Optional.of(call.at(0)));
        }
        all.put("prim::RaiseException", call -> {
            throw new ModelRaisesException(TextBuiltins.shown(call.at(0)));
        });
        return all;
    }

    private static Builtin of(BiFunction<Value, BuiltinCall, Argument> question) {
        return call -> call.count() > 0 && call.at(0) instanceof Plain(Argument.OfTensor tensor)
                ? Optional.of(new Plain(question.apply(tensor.reference().value(), call)))
                : Optional.empty();
    }

    private static Optional<ScriptValue> size(BuiltinCall call) {
        if (!(call.plain(0) instanceof Argument.OfTensor tensor)) {
            return Optional.empty();
        }
        Value value = tensor.reference().value();
        if (call.find(1, "dim").isPresent()) {
            return Optional.of(new Plain(call.graph().size(value, axis(call.integer(1)))));
        }
        return Optional.of(sizes(value, call));
    }

    private static int axis(long axis) {
        return Math.clamp(axis, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static ListValue sizes(Value value, BuiltinCall call) {
        ListValue sizes = new ListValue();
        for (int axis = 0; axis < call.graph().rank(value); axis++) {
            sizes.items.add(new Plain(call.graph().size(value, axis)));
        }
        return sizes;
    }

    private static Argument elements(Value value, BuiltinCall call) {
        Argument product = Argument.of(1L);
        for (int axis = 0; axis < call.graph().rank(value); axis++) {
            product = call.numbers().calculate("mul", product, call.graph().size(value, axis));
        }
        return product;
    }

    /** The strides of a contiguous tensor, which all are here. */
    private static Optional<ScriptValue> strides(BuiltinCall call) {
        if (!(call.plain(0) instanceof Argument.OfTensor tensor)) {
            return Optional.empty();
        }
        Value value = tensor.reference().value();
        ListValue strides = new ListValue();
        Argument stride = Argument.of(1L);
        for (int axis = call.graph().rank(value) - 1; axis >= 0; axis--) {
            strides.items.addFirst(new Plain(stride));
            stride = call.numbers().calculate("mul", stride, call.graph().size(value, axis));
        }
        if (call.find(1, "dim").isPresent()) {
            return Optional.of(strides.items.get(Containers.index(call.integer(1), strides.items.size())));
        }
        return Optional.of(strides);
    }

    /** The type that a number of PyTorch's means. */
    static DataType dataType(ScriptValue number) {
        if (number instanceof Plain(Argument.OfInteger(long value))) {
            return ScalarTypes.ofNumber(value);
        }
        throw new ModelFormatException("expected a datatype, got " + number.kind());
    }
}
