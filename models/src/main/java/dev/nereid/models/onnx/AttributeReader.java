package dev.nereid.models.onnx;

import com.google.protobuf.ByteString;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.AttributeProto.AttributeType;
import dev.nereid.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads attributes, subgraphs through the {@link GraphImporter}. */
final class AttributeReader {
    private final TensorReader tensors;
    private final SparseTensors sparseTensors;
    private final TypeReader types;
    private final GraphImporter graphs;

    AttributeReader(TensorReader tensors, SparseTensors sparseTensors, TypeReader types, GraphImporter graphs) {
        this.tensors = tensors;
        this.sparseTensors = sparseTensors;
        this.types = types;
        this.graphs = graphs;
    }

    /** The attributes in {@code protos}, those that name an attribute of a function's caller replaced by it. */
    Map<String, Attribute> read(List<AttributeProto> protos, Scope scope, String owner) {
        Map<String, Attribute> attributes = new HashMap<>();
        for (AttributeProto proto : protos) {
            Optional<Attribute> attribute = proto.getRefAttrName().isEmpty()
                    ? value(proto, scope, "attribute '" + proto.getName() + "' of " + owner)
                    : Optional.ofNullable(scope.body().arguments().get(proto.getRefAttrName()));
            if (attribute.isPresent() && attributes.put(proto.getName(), attribute.get()) != null) {
                throw new ModelFormatException(owner + " has the attribute '" + proto.getName() + "' twice");
            }
        }
        return attributes;
    }

    private Optional<Attribute> value(AttributeProto proto, Scope scope, String what) {
        return switch (type(proto, what)) {
            case FLOAT -> Optional.of(new Attribute.Real(proto.getF()));
            case INT -> Optional.of(new Attribute.Int(proto.getI()));
            case STRING -> Optional.of(new Attribute.Text(text(proto.getS())));
            case FLOATS -> Optional.of(new Attribute.Reals(List.copyOf(proto.getFloatsList())));
            case INTS -> Optional.of(new Attribute.Ints(List.copyOf(proto.getIntsList())));
            case STRINGS ->
                Optional.of(new Attribute.Texts(proto.getStringsList().stream()
                        .map(AttributeReader::text)
                        .toList()));
            case TENSOR -> Optional.of(new Attribute.TensorValue(tensors.read(proto.getT(), what)));
            case SPARSE_TENSOR ->
                Optional.of(new Attribute.TensorValue(sparseTensors.read(proto.getSparseTensor(), what)));
            case TENSORS -> Optional.of(new Attribute.Tensors(tensors(proto, what)));
            case SPARSE_TENSORS -> Optional.of(new Attribute.Tensors(sparseTensors(proto, what)));
            case GRAPH -> Optional.of(new Attribute.Subgraph(graphs.subgraph(proto.getG(), scope), 0));
            case TYPE_PROTO -> types.read(proto.getTp(), what).map(Attribute.Type::new);
            // No operator reads several graphs or types.
            case GRAPHS, TYPE_PROTOS -> Optional.empty();
            case UNDEFINED -> throw new ModelFormatException(what + " has no value");
        };
    }

    private List<Tensor> tensors(AttributeProto proto, String what) {
        List<Tensor> list = new ArrayList<>();
        proto.getTensorsList().forEach(tensor -> list.add(tensors.read(tensor, what)));
        return list;
    }

    private List<Tensor> sparseTensors(AttributeProto proto, String what) {
        List<Tensor> list = new ArrayList<>();
        proto.getSparseTensorsList().forEach(tensor -> list.add(sparseTensors.read(tensor, what)));
        return list;
    }

    /** The declared type, or in a file so old that it declares none, that of the value that is there. */
    private static AttributeType type(AttributeProto proto, String what) {
        if (proto.getType() != AttributeType.UNDEFINED) {
            return proto.getType();
        }
        List<AttributeType> present = new ArrayList<>();
        addIf(proto.hasF(), AttributeType.FLOAT, present);
        addIf(proto.hasI(), AttributeType.INT, present);
        addIf(proto.hasS(), AttributeType.STRING, present);
        addIf(proto.hasT(), AttributeType.TENSOR, present);
        addIf(proto.hasG(), AttributeType.GRAPH, present);
        addIf(proto.getFloatsCount() > 0, AttributeType.FLOATS, present);
        addIf(proto.getIntsCount() > 0, AttributeType.INTS, present);
        addIf(proto.getStringsCount() > 0, AttributeType.STRINGS, present);
        addIf(proto.getTensorsCount() > 0, AttributeType.TENSORS, present);
        addIf(proto.getGraphsCount() > 0, AttributeType.GRAPHS, present);
        if (present.size() != 1) {
            throw new ModelFormatException(what + " has no type and " + present.size() + " values");
        }
        return present.getFirst();
    }

    private static void addIf(boolean isPresent, AttributeType type, List<AttributeType> present) {
        if (isPresent) {
            present.add(type);
        }
    }

    private static String text(ByteString bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}
