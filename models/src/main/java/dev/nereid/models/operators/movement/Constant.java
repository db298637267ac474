package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongFunction;

/** ONNX Constant: the one attribute it has, which may be a tensor, numbers or strings. */
final class Constant implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        return List.of(
                switch (value(in)) {
                    case Attribute.TensorValue(Tensor tensor) -> TensorType.of(tensor.dataType(), tensor.shape());
                    case Attribute.Int _ -> TensorType.of(DataType.INT64, Shape.SCALAR);
                    case Attribute.Ints(List<Long> values) -> vector(DataType.INT64, values);
                    case Attribute.Real _ -> TensorType.of(DataType.FP32, Shape.SCALAR);
                    case Attribute.Reals(List<Float> values) -> vector(DataType.FP32, values);
                    case Attribute.Text _ -> TensorType.of(DataType.STRING, Shape.SCALAR);
                    case Attribute.Texts(List<String> values) -> vector(DataType.STRING, values);
                    case Attribute.Tensors _, Attribute.Subgraph _, Attribute.Type _ ->
                        throw new ModelFormatException("a constant is one tensor, numbers or strings");
                });
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Tensor constant = tensor(lowering, lowering::constantMemory);
        lowering.step(run -> elements.copyAll(constant, run.output(0), run.workers()));
    }

    /** The constant in memory that lives as long as the plan: the file's mapping is gone when it runs. */
    private static Tensor tensor(Inference in, LongFunction<MemorySegment> memory) {
        Shape shape = new Constant().outputTypes(in).getFirst().shape().orElseThrow();
        return switch (value(in)) {
            case Attribute.TensorValue(Tensor tensor) -> copy(tensor, memory);
            case Attribute.Int(long value) -> integers(shape, List.of(value), memory);
            case Attribute.Ints(List<Long> values) -> integers(shape, values, memory);
            case Attribute.Real(float value) -> reals(shape, List.of(value), memory);
            case Attribute.Reals(List<Float> values) -> reals(shape, values, memory);
            case Attribute.Text(String bytes) -> strings(shape, List.of(bytes));
            case Attribute.Texts(List<String> values) -> strings(shape, values);
            case Attribute.Tensors _, Attribute.Subgraph _, Attribute.Type _ ->
                throw new IllegalStateException("refused before");
        };
    }

    static Tensor copy(Tensor tensor, LongFunction<MemorySegment> memory) {
        if (tensor.dataType() == DataType.STRING) {
            return tensor;
        }
        MemorySegment segment = memory.apply(tensor.byteSize());
        MemorySegment.copy(tensor.segment(), 0, segment, 0, tensor.byteSize());
        return Tensor.of(tensor.dataType(), tensor.shape(), segment);
    }

    private static Tensor integers(Shape shape, List<Long> values, LongFunction<MemorySegment> memory) {
        MemorySegment segment = memory.apply(8L * values.size());
        for (int i = 0; i < values.size(); i++) {
            segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, values.get(i));
        }
        return Tensor.of(DataType.INT64, shape, segment);
    }

    private static Tensor reals(Shape shape, List<Float> values, LongFunction<MemorySegment> memory) {
        MemorySegment segment = memory.apply(4L * values.size());
        for (int i = 0; i < values.size(); i++) {
            segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, values.get(i));
        }
        return Tensor.of(DataType.FP32, shape, segment);
    }

    private static Tensor strings(Shape shape, List<String> values) {
        byte[][] elements = values.stream()
                .map(bytes -> bytes.getBytes(StandardCharsets.ISO_8859_1))
                .toArray(byte[][]::new);
        return Tensor.ofStrings(shape, elements);
    }

    private static Attribute value(Inference in) {
        if (in.attributes().map().size() != 1) {
            throw new ModelFormatException("expected one attribute, got "
                    + in.attributes().map().keySet().stream().sorted().toList());
        }
        return in.attributes().map().values().iterator().next();
    }

    private static TensorType vector(DataType type, List<?> values) {
        return TensorType.of(type, Shape.of(values.size()));
    }
}
