package dev.nereid.models.onnx;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.MapType;
import dev.nereid.models.graph.OptionalType;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads declared types. Dims of one name are one symbol; a dim without name or number is a symbol of its own. */
final class TypeReader {
    /** Starts the names that are made up here. */
    private static final String FRESH = "#";
    /** Starts what exporters name dims they know nothing of; the names that type inference makes up start so too. */
    private static final String UNNAMED = "?";
    /** Other names that converters have for every such dim. */
    private static final Set<String> NO_NAMES = Set.of("None", "-1", "unk", "dynamic");

    /** Stands between a name and the axis that has it too. */
    private static final String AXIS = "@";

    private int unnamed;

    /** The type that {@code info} declares; empty where it declares none, or of a kind of value that there is not. */
    Optional<ValueType> read(ValueInfoProto info) {
        return read(info.getType(), "value '" + info.getName() + "'");
    }

    /**
     * As {@link #read(ValueInfoProto)}, for an input of a graph. Exporters name dims without checking the names, and some
     * call every axis by the name of the batch. So an axis that has the name of the first axis of the same input is
     * another symbol, the same one for all inputs: whether the two are equal turns out in a run.
     */
    Optional<ValueType> readInput(ValueInfoProto info) {
        return read(info).map(type -> type instanceof TensorType tensor ? withOneFirst(tensor) : type);
    }

    private static TensorType withOneFirst(TensorType tensor) {
        List<Dim> dims = new ArrayList<>(tensor.dims().orElse(List.of()));
        if (dims.isEmpty()) {
            return tensor;
        }
        for (int axis = 1; axis < dims.size(); axis++) {
            if (!dims.get(axis).isKnown() && dims.get(axis).equals(dims.getFirst())) {
                dims.set(axis, Dim.symbol(dims.getFirst() + AXIS + axis));
            }
        }
        return TensorType.of(tensor.dataType(), dims);
    }

    /**
     * As {@link #read(ValueInfoProto)}.
     *
     * @param what names what has the type in messages
     */
    Optional<ValueType> read(TypeProto type, String what) {
        return switch (type.getValueCase()) {
            case TENSOR_TYPE ->
                type.getTensorType().getElemType() == 0
                        ? Optional.empty()
                        : Optional.of(tensor(type.getTensorType(), what));
            case SEQUENCE_TYPE ->
                read(type.getSequenceType().getElemType(), what).map(SequenceType::new);
            case OPTIONAL_TYPE ->
                read(type.getOptionalType().getElemType(), what).map(OptionalType::new);
            case MAP_TYPE ->
                read(type.getMapType().getValueType(), what)
                        .map(value -> new MapType(
                                ElementTypes.ofNumber(type.getMapType().getKeyType(), what), value));
            case SPARSE_TENSOR_TYPE, OPAQUE_TYPE, VALUE_NOT_SET -> Optional.empty();
        };
    }

    private TensorType tensor(TypeProto.Tensor tensor, String what) {
        DataType dataType = ElementTypes.ofNumber(tensor.getElemType(), what);
        if (!tensor.hasShape()) {
            return TensorType.ofUnknownRank(dataType);
        }
        List<Dim> dims = new ArrayList<>();
        tensor.getShape().getDimList().forEach(dim -> dims.add(dim(dim)));
        return TensorType.of(dataType, dims);
    }

    /** What kind of value {@code info} declares, for messages. */
    static String kind(ValueInfoProto info) {
        return switch (info.getType().getValueCase()) {
            case TENSOR_TYPE -> "tensor without an element type";
            case SEQUENCE_TYPE -> "sequence without an element type";
            case MAP_TYPE -> "map without a value type";
            case OPTIONAL_TYPE -> "optional without an element type";
            case SPARSE_TENSOR_TYPE -> "sparse tensor";
            case OPAQUE_TYPE -> "opaque value";
            case VALUE_NOT_SET -> "value without a type";
        };
    }

    private Dim dim(TensorShapeProto.Dimension dim) {
        if (dim.hasDimValue() && dim.getDimValue() >= 0) {
            return Dim.of(dim.getDimValue());
        }
        String name = dim.getDimParam();
        boolean isNamed =
                !name.isEmpty() && !name.startsWith(UNNAMED) && !name.startsWith(FRESH) && !NO_NAMES.contains(name);
        return Dim.symbol(isNamed ? name : FRESH + unnamed++);
    }
}
