package dev.nereid.models.onnx;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads declared types. Dims of one name are one symbol; a dim without name or number is a symbol of its own. */
final class TypeReader {
    /** Starts the names that are made up here. */
    private static final String FRESH = "#";
    /** What exporters name dims they know nothing of; the names that type inference makes up start so too. */
    private static final String UNNAMED = "?";

    private int unnamed;

    /** The type that {@code info} declares; empty where it declares none, or not a tensor's. */
    Optional<TensorType> read(ValueInfoProto info) {
        TypeProto type = info.getType();
        if (!type.hasTensorType() || type.getTensorType().getElemType() == 0) {
            return Optional.empty();
        }
        TypeProto.Tensor tensor = type.getTensorType();
        DataType dataType = ElementTypes.ofNumber(tensor.getElemType(), "value '" + info.getName() + "'");
        if (!tensor.hasShape()) {
            return Optional.of(TensorType.ofUnknownRank(dataType));
        }
        List<Dim> dims = new ArrayList<>();
        tensor.getShape().getDimList().forEach(dim -> dims.add(dim(dim)));
        return Optional.of(TensorType.of(dataType, dims));
    }

    /** What kind of value {@code info} declares, for messages. */
    static String kind(ValueInfoProto info) {
        return switch (info.getType().getValueCase()) {
            case TENSOR_TYPE -> "tensor";
            case SEQUENCE_TYPE -> "sequence";
            case MAP_TYPE -> "map";
            case OPTIONAL_TYPE -> "optional";
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
        boolean isNamed = !name.isEmpty() && !name.startsWith(UNNAMED) && !name.startsWith(FRESH);
        return Dim.symbol(isNamed ? name : FRESH + unnamed++);
    }
}
