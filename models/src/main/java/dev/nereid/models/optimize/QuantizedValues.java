package dev.nereid.models.optimize;

import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.OptionalInt;

/** What is known of values between QuantizeLinear and DequantizeLinear: constant scales and zero points of bytes. */
final class QuantizedValues {
    /**
     * Bytes and what they are worth.
     *
     * @param bytes what is dequantised, or made by quantising
     * @param scale a constant of FP32
     * @param zeroPoint a constant of INT8 or UINT8, of the scale's shape
     */
    record Quantized(Value bytes, Value scale, Value zeroPoint) {}

    private static final String QUANTIZE = "QuantizeLinear";
    private static final String DEQUANTIZE = "DequantizeLinear";
    private static final String MICROSOFT = "com.microsoft";

    private final GraphIndex index;

    QuantizedValues(GraphIndex index) {
        this.index = index;
    }

    /** Of floats that come from bytes by one scale for all. */
    Optional<Quantized> dequantized(Value floats) {
        return dequantizing(floats).flatMap(this::quantized).filter(this::isOne);
    }

    /** Of constant weights, with one scale for all or one for each place of {@code axis}. */
    Optional<Quantized> weights(Value floats, int axis) {
        return dequantizing(floats)
                .filter(node -> node.input(0).flatMap(index::constant).isPresent()
                        && node.attributes().integer("block_size", 0) == 0)
                .flatMap(node -> quantized(node).filter(found -> isOne(found) || isAlong(node, found, axis)));
    }

    /** Of the bytes that floats become by one scale for all, where that is all that becomes of them. */
    Optional<Quantized> requantized(Value floats) {
        return quantizing(floats).flatMap(node -> quantized(node).filter(this::isOne));
    }

    /** The QuantizeLinear that alone reads some floats. */
    Optional<Node> quantizing(Value floats) {
        return index.onlyConsumer(floats).filter(QuantizedValues::isQuantize);
    }

    private Optional<Node> dequantizing(Value floats) {
        return index.producer(floats).filter(QuantizedValues::isDequantize);
    }

    /** Whether a node is ONNX's QuantizeLinear, or Microsoft's. */
    static boolean isQuantize(Node node) {
        return isOf(node, QUANTIZE);
    }

    /** Whether a node is ONNX's DequantizeLinear, or Microsoft's. */
    static boolean isDequantize(Node node) {
        return isOf(node, DEQUANTIZE);
    }

    private static boolean isOf(Node node, String operator) {
        return node.operator().equals(operator)
                && (node.domain().isEmpty() || node.domain().equals(MICROSOFT));
    }

    private Optional<Quantized> quantized(Node node) {
        boolean quantizes = isQuantize(node);
        Optional<Value> scale = node.input(1).filter(value -> isOf(value, DataType.FP32));
        Optional<Value> zeroPoint =
                node.input(2).filter(value -> isOf(value, DataType.INT8) || isOf(value, DataType.UINT8));
        if (scale.isEmpty() || zeroPoint.isEmpty() || elements(scale.get()) != elements(zeroPoint.get())) {
            return Optional.empty();
        }
        Value bytes = quantizes ? node.output(0).orElseThrow() : node.input(0).orElseThrow();
        return Optional.of(new Quantized(bytes, scale.get(), zeroPoint.get()));
    }

    private boolean isOf(Value value, DataType type) {
        return index.constant(value)
                .filter(tensor -> tensor.dataType() == type && tensor.shape().rank() <= 1)
                .isPresent();
    }

    private boolean isOne(Quantized quantized) {
        return elements(quantized.scale()) == 1;
    }

    private boolean isAlong(Node node, Quantized quantized, int axis) {
        Tensor weights = index.constant(quantized.bytes()).orElseThrow();
        int rank = weights.shape().rank();
        long given = node.attributes().integer("axis", 1);
        return (given < 0 ? given + rank : given) == axis
                && rank > axis
                && elements(quantized.scale()) == weights.shape().dim(axis);
    }

    private long elements(Value constant) {
        return index.constant(constant).orElseThrow().shape().elements();
    }

    /** The scale of a place; the same for all where there is one. */
    float scale(Quantized quantized, long place) {
        return floatAt(quantized.scale(), place);
    }

    /** A number of a constant of FP32; the same for all places where there is one. */
    float floatAt(Value constant, long place) {
        Tensor tensor = index.constant(constant).orElseThrow();
        long at = tensor.shape().elements() == 1 ? 0 : place;
        return tensor.segment().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
    }

    /** Whether both have one scale and one zero point, and the same. */
    boolean areAlike(Quantized first, Quantized second) {
        return scale(first, 0) == scale(second, 0)
                && type(first) == type(second)
                && zeroPoint(first).equals(zeroPoint(second));
    }

    DataType type(Quantized quantized) {
        return index.constant(quantized.zeroPoint()).orElseThrow().dataType();
    }

    /** The zero point; empty where there are several. */
    OptionalInt zeroPoint(Quantized quantized) {
        Tensor tensor = index.constant(quantized.zeroPoint()).orElseThrow();
        if (tensor.shape().elements() != 1) {
            return OptionalInt.empty();
        }
        byte value = tensor.segment().get(ValueLayout.JAVA_BYTE, 0);
        return OptionalInt.of(tensor.dataType() == DataType.INT8 ? value : Byte.toUnsignedInt(value));
    }

    /** The least number that the bytes stand for. */
    double least(Quantized quantized) {
        int first = type(quantized) == DataType.INT8 ? Byte.MIN_VALUE : 0;
        return (first - zeroPoint(quantized).orElseThrow()) * (double) scale(quantized, 0);
    }

    /** The greatest number that the bytes stand for. */
    double greatest(Quantized quantized) {
        int last = type(quantized) == DataType.INT8 ? Byte.MAX_VALUE : 255;
        return (last - zeroPoint(quantized).orElseThrow()) * (double) scale(quantized, 0);
    }
}
