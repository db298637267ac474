package dev.nereid.models.pytorch.archive;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PickleValue.Global;
import dev.nereid.models.pytorch.archive.PickleValue.OfDict;
import dev.nereid.models.pytorch.archive.PickleValue.OfTensor;
import dev.nereid.models.pytorch.archive.PickleValue.OfTuple;
import dev.nereid.models.pytorch.archive.PickleValue.Quantization;
import dev.nereid.models.pytorch.archive.PickleValue.Storage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The classes and functions that a pickle may name, and the values that calls of them are. All others are refused. */
final class PickleGlobals {
    private static final String SCRIPT_CLASSES = "__torch__";
    private static final Set<String> PER_TENSOR = Set.of("per_tensor_affine");
    private static final Set<String> PER_CHANNEL = Set.of("per_channel_affine", "per_channel_affine_float_qparams");

    /** By full name; from the tuple of the arguments. */
    private static final Map<String, UnaryOperator<PickleValue>> CALLS = Map.ofEntries(
            Map.entry("collections.OrderedDict", PickleGlobals::orderedDict),
            Map.entry("torch._utils._rebuild_tensor_v2", PickleGlobals::tensor),
            Map.entry("torch._utils._rebuild_parameter", arguments -> PickleGlobals.item(arguments, 0)),
            // The state is a dict of attributes that Python code gave the parameter.
            Map.entry("torch._utils._rebuild_parameter_with_state", arguments -> PickleGlobals.item(arguments, 0)),
            Map.entry("torch._utils._rebuild_qtensor", PickleGlobals::quantizedTensor),
            Map.entry("torch.jit._pickle.build_intlist", arguments -> PickleGlobals.item(arguments, 0)),
            Map.entry("torch.jit._pickle.build_doublelist", arguments -> PickleGlobals.item(arguments, 0)),
            Map.entry("torch.jit._pickle.build_boollist", arguments -> PickleGlobals.item(arguments, 0)),
            Map.entry("torch.jit._pickle.build_tensorlist", arguments -> PickleGlobals.item(arguments, 0)),
            Map.entry("torch.jit._pickle.restore_type_tag", arguments -> PickleGlobals.item(arguments, 0)),
            Map.entry("torch.Size", arguments -> PickleGlobals.item(arguments, 0)),
            Map.entry("torch.device", arguments -> new PickleValue.OfDevice(text(item(arguments, 0)))));

    private PickleGlobals() {}

    /** The name, where a pickle may have it. */
    static Global allowed(String module, String name) {
        Global global = new Global(module, name);
        boolean known = isScriptClass(global)
                || CALLS.containsKey(global.toString())
                || (module.equals("torch")
                        && (StorageType.ofClass(name).isPresent()
                                || PER_TENSOR.contains(name)
                                || PER_CHANNEL.contains(name)));
        if (!known) {
            throw new ModelFormatException("the pickle names " + global
                    + ", which is none of the classes and functions that a model may hold");
        }
        return global;
    }

    static boolean isScriptClass(Global global) {
        return global.module().equals(SCRIPT_CLASSES) || global.module().startsWith(SCRIPT_CLASSES + ".");
    }

    /** What a call is: {@code function} with the arguments in a tuple. */
    static PickleValue call(PickleValue function, PickleValue arguments) {
        if (function instanceof Global global) {
            if (isScriptClass(global)) {
                return new PickleValue.OfEnumeration(global.toString(), item(arguments, 0));
            }
            UnaryOperator<PickleValue> call = CALLS.get(global.toString());
            if (call != null) {
                return call.apply(arguments);
            }
        }
        throw new ModelFormatException("the pickle calls " + function.kind() + ", which is no function");
    }

    /** The storage that a persistent id names: ("storage", class, key, device, elements). */
    static Storage storage(PickleValue id, String folder) {
        if (item(id, 0) instanceof PickleValue.OfText(String kind)
                && kind.equals("storage")
                && item(id, 1) instanceof Global global
                && global.module().equals("torch")) {
            StorageType type = StorageType.ofClass(global.name())
                    .orElseThrow(() -> new ModelFormatException("the storage class " + global + " is unknown"));
            return new Storage(folder + "/" + text(item(id, 2)), type, integer(item(id, 4)));
        }
        throw new ModelFormatException("the pickle's persistent id is " + id.kind() + ": expected a storage");
    }

    /** (storage, offset, sizes, strides, requires gradients, hooks), and what a torch.save may add. */
    private static PickleValue tensor(PickleValue arguments) {
        if (arguments instanceof OfTuple(List<PickleValue> items)
                && items.size() > 6
                && items.get(6) instanceof OfDict metadata
                && metadata.entries().containsValue(new PickleValue.OfBoolean(true))) {
            throw new ModelFormatException("the pickle has a conjugated or negated view of a tensor");
        }
        return view(arguments);
    }

    private static OfTensor view(PickleValue arguments) {
        if (!(item(arguments, 0) instanceof Storage storage)) {
            throw new ModelFormatException(
                    "the pickle has a tensor of " + item(arguments, 0).kind() + ": expected a storage");
        }
        List<Long> sizes = integers(item(arguments, 2));
        List<Long> strides = integers(item(arguments, 3));
        return new OfTensor(storage, integer(item(arguments, 1)), sizes, strides);
    }

    /** (storage, offset, sizes, strides, (scheme, scale, zero point or scale, zero points, axis), ...). */
    private static PickleValue quantizedTensor(PickleValue arguments) {
        PickleValue parameters = item(arguments, 4);
        if (item(parameters, 0) instanceof Global(String module, String name) && module.equals("torch")) {
            if (PER_TENSOR.contains(name)) {
                return new PickleValue.OfQuantizedTensor(
                        view(arguments),
                        new Quantization.PerTensor(real(item(parameters, 1)), integer(item(parameters, 2))));
            }
            if (PER_CHANNEL.contains(name)
                    && item(parameters, 1) instanceof OfTensor scales
                    && item(parameters, 2) instanceof OfTensor zeroPoints) {
                long axis = integer(item(parameters, 3));
                OfTensor integers = view(arguments);
                if (axis < 0 || axis >= integers.sizes().size()) {
                    throw new ModelFormatException("the pickle has a tensor of rank "
                            + integers.sizes().size() + " quantised on axis " + axis);
                }
                return new PickleValue.OfQuantizedTensor(
                        integers, new Quantization.PerChannel(scales, zeroPoints, (int) axis));
            }
        }
        throw new ModelFormatException(
                "the pickle has a tensor quantised by " + item(parameters, 0).kind());
    }

    private static PickleValue orderedDict(PickleValue arguments) {
        OfDict dict = new OfDict();
        if (arguments instanceof OfTuple(List<PickleValue> items) && !items.isEmpty()) {
            for (PickleValue pair : sequence(items.getFirst())) {
                dict.put(Pickle.key(item(pair, 0)), item(pair, 1));
            }
        }
        return dict;
    }

    static PickleValue item(PickleValue tuple, int index) {
        List<PickleValue> items = sequence(tuple);
        if (index >= items.size()) {
            throw new ModelFormatException(
                    "the pickle has " + tuple.kind() + " where more than " + index + " items are expected");
        }
        return items.get(index);
    }

    private static List<PickleValue> sequence(PickleValue value) {
        return switch (value) {
            case OfTuple(List<PickleValue> items) -> items;
            case PickleValue.OfList list -> list.items();
            default -> throw expected("a tuple", value);
        };
    }

    private static List<Long> integers(PickleValue value) {
        return sequence(value).stream().map(PickleGlobals::integer).toList();
    }

    private static long integer(PickleValue value) {
        if (value instanceof PickleValue.OfInteger(long integer)) {
            return integer;
        }
        throw expected("an integer", value);
    }

    private static double real(PickleValue value) {
        if (value instanceof PickleValue.OfReal(double real)) {
            return real;
        }
        throw expected("a number", value);
    }

    private static String text(PickleValue value) {
        if (value instanceof PickleValue.OfText(String text)) {
            return text;
        }
        throw expected("a text", value);
    }

    private static ModelFormatException expected(String expected, PickleValue got) {
        return new ModelFormatException("the pickle has " + got.kind() + " where " + expected + " is expected");
    }
}
