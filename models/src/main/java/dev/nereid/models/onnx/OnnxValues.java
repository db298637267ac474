package dev.nereid.models.onnx;

import com.google.protobuf.ByteString;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.proto.onnx.MapProto;
import dev.nereid.proto.onnx.OptionalProto;
import dev.nereid.proto.onnx.SequenceProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Turns messages of sequences, optionals and maps into values. */
final class OnnxValues {
    private final TensorReader tensors;
    private final SparseTensors sparseTensors;
    private final ImportMemory memory;

    OnnxValues(TensorReader tensors, SparseTensors sparseTensors, ImportMemory memory) {
        this.tensors = tensors;
        this.sparseTensors = sparseTensors;
        this.memory = memory;
    }

    RunValue sequence(SequenceProto proto) {
        String what = "an element of '" + proto.getName() + "'";
        List<RunValue> elements = new ArrayList<>();
        switch (proto.getElemType()) {
            case SequenceProto.DataType.TENSOR_VALUE ->
                proto.getTensorValuesList().forEach(tensor -> elements.add(RunValue.of(tensors.read(tensor, what))));
            case SequenceProto.DataType.SPARSE_TENSOR_VALUE ->
                proto.getSparseTensorValuesList()
                        .forEach(tensor -> elements.add(RunValue.of(sparseTensors.read(tensor, what))));
            case SequenceProto.DataType.SEQUENCE_VALUE ->
                proto.getSequenceValuesList().forEach(value -> elements.add(sequence(value)));
            case SequenceProto.DataType.MAP_VALUE ->
                proto.getMapValuesList().forEach(value -> elements.add(map(value)));
            case SequenceProto.DataType.OPTIONAL_VALUE ->
                proto.getOptionalValuesList().forEach(value -> elements.add(optional(value)));
            default -> {}
        }
        return new RunValue.OfSequence(elements);
    }

    RunValue optional(OptionalProto proto) {
        return new RunValue.OfOptional(
                switch (proto.getElemType()) {
                    case OptionalProto.DataType.TENSOR_VALUE ->
                        Optional.of(RunValue.of(tensors.read(proto.getTensorValue(), "'" + proto.getName() + "'")));
                    case OptionalProto.DataType.SPARSE_TENSOR_VALUE ->
                        Optional.of(RunValue.of(
                                sparseTensors.read(proto.getSparseTensorValue(), "'" + proto.getName() + "'")));
                    case OptionalProto.DataType.SEQUENCE_VALUE -> Optional.of(sequence(proto.getSequenceValue()));
                    case OptionalProto.DataType.MAP_VALUE -> Optional.of(map(proto.getMapValue()));
                    case OptionalProto.DataType.OPTIONAL_VALUE -> Optional.of(optional(proto.getOptionalValue()));
                    default -> Optional.empty();
                });
    }

    /** A map whose values are single numbers or strings. */
    RunValue map(MapProto proto) {
        Tensor keys = keys(proto);
        List<Tensor> values = sequence(proto.getValues()).elements().stream()
                .map(RunValue::tensor)
                .toList();
        if (values.isEmpty()) {
            return new RunValue.OfMap(keys, keys);
        }
        DataType dataType = values.getFirst().dataType();
        boolean scalars = values.stream()
                .allMatch(value -> value.dataType() == dataType && value.shape().elements() == 1);
        if (!scalars) {
            throw new ModelFormatException("map '" + proto.getName() + "' has values that are not single " + dataType);
        }
        return new RunValue.OfMap(keys, join(dataType, values));
    }

    private Tensor keys(MapProto proto) {
        DataType type = ElementTypes.ofNumber(proto.getKeyType(), "the keys of '" + proto.getName() + "'");
        if (type == DataType.STRING) {
            byte[][] keys = proto.getStringKeysList().stream()
                    .map(ByteString::toByteArray)
                    .toArray(byte[][]::new);
            return Tensor.ofStrings(Shape.of(keys.length), keys);
        }
        MemorySegment segment = memory.allocate(8L * proto.getKeysCount());
        for (int i = 0; i < proto.getKeysCount(); i++) {
            switch (type.bytes()) {
                case 1 -> segment.set(ValueLayout.JAVA_BYTE, i, (byte) proto.getKeys(i));
                case 2 -> segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, (short) proto.getKeys(i));
                case 4 -> segment.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, (int) proto.getKeys(i));
                default -> segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, proto.getKeys(i));
            }
        }
        return Tensor.of(type, Shape.of(proto.getKeysCount()), segment);
    }

    private Tensor join(DataType dataType, List<Tensor> scalars) {
        Shape shape = Shape.of(scalars.size());
        if (dataType == DataType.STRING) {
            return Tensor.ofStrings(
                    shape, scalars.stream().map(scalar -> scalar.strings()[0]).toArray(byte[][]::new));
        }
        int bytes = dataType.bytes();
        MemorySegment segment = memory.allocate((long) scalars.size() * bytes);
        for (int i = 0; i < scalars.size(); i++) {
            MemorySegment.copy(scalars.get(i).segment(), 0, segment, (long) i * bytes, bytes);
        }
        return Tensor.of(dataType, shape, segment);
    }
}
