package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.GraphWriter;
import dev.nereid.proto.onnx.TensorProto;

/** Writes what networks of many kinds are made of, as exporters do: each operation of the original is a node of its own. */
class Layers {
    /** From here on axes are inputs of Unsqueeze and Squeeze. */
    private static final int AXES_AS_INPUTS = 13;

    /** From here on axes are inputs of ReduceMean and its like. */
    private static final int REDUCED_AXES_AS_INPUTS = 18;

    private final int operatorSet;
    final GraphWriter graph;
    private int count;

    Layers(int operatorSet) {
        this.operatorSet = operatorSet;
        this.graph = new GraphWriter(operatorSet);
    }

    GraphWriter graph() {
        return graph;
    }

    final String name(String kind) {
        return "layers-" + kind + count++;
    }

    String node(String operator, String... inputs) {
        return graph.node(operator, inputs);
    }

    /** Integers, below the smallest vocabulary's size. */
    String ids(String name, long... dims) {
        return graph.input(TensorProto.DataType.INT64, name, dims);
    }

    String weights(long sums, long... dims) {
        return graph.weights(name("w"), sums, dims);
    }

    /** Numbers between a half and its negative. */
    String floats(long... dims) {
        return graph.floats(name("b"), 0.5, dims);
    }

    /** Floats that are given; without dims a list. */
    String constants(float[] values, long... dims) {
        String list = graph.list(name("c"), values);
        return dims.length == 0 ? list : reshape(list, dims);
    }

    String scalar(double value) {
        return graph.scalar(name("s"), (float) value);
    }

    String list(long... values) {
        return graph.list(name("l"), values);
    }

    /** Rows of a table of random vectors. */
    String embedding(String ids, long words, long width) {
        return node("Gather", floats(words, width), ids);
    }

    /** One place of an axis, which goes. */
    String pick(String x, long axis, long place) {
        return graph.node("Gather", Attributes.NONE.with("axis", axis), x, graph.scalarInteger(name("i"), place));
    }

    String mul(String x, double by) {
        return node("Mul", x, scalar(by));
    }

    String div(String x, double by) {
        return node("Div", x, scalar(by));
    }

    String add(String x, String y) {
        return node("Add", x, y);
    }

    String matMul(String x, int from, int to) {
        return node("MatMul", x, weights(from, from, to));
    }

    String linear(String x, int from, int to) {
        return add(floats(to), matMul(x, from, to));
    }

    /** A layer over rows of rank 2, weights as PyTorch has them. */
    String gemm(String x, int from, int to) {
        return graph.node("Gemm", Attributes.NONE.with("transB", 1), x, weights(from, to, from), floats(to));
    }

    String cast(String x, TensorProto.DataType type) {
        return graph.node("Cast", Attributes.NONE.with("to", type.getNumber()), x);
    }

    String transpose(String x, long... order) {
        return graph.node("Transpose", Attributes.NONE.with("perm", order), x);
    }

    String reshape(String x, long... dims) {
        return node("Reshape", x, list(dims));
    }

    String unsqueeze(String x, long axis) {
        return operatorSet < AXES_AS_INPUTS
                ? graph.node("Unsqueeze", Attributes.NONE.with("axes", new long[] {axis}), x)
                : node("Unsqueeze", x, list(axis));
    }

    String squeeze(String x, long axis) {
        return operatorSet < AXES_AS_INPUTS
                ? graph.node("Squeeze", Attributes.NONE.with("axes", new long[] {axis}), x)
                : node("Squeeze", x, list(axis));
    }

    String slice(String x, long axis, long from, long to) {
        return node("Slice", x, list(from), list(to), list(axis), list(1));
    }

    String concat(long axis, String... inputs) {
        return graph.node("Concat", Attributes.NONE.with("axis", axis), inputs);
    }

    /** Parts of an axis; names as {@link GraphWriter#nodeOf} gives them. */
    String split(String x, long axis, long... lengths) {
        return graph.nodeOf(lengths.length, "Split", Attributes.NONE.with("axis", axis), x, list(lengths));
    }

    String softmax(String x) {
        return graph.node("Softmax", Attributes.NONE.with("axis", -1), x);
    }

    String mean(String x) {
        return operatorSet < REDUCED_AXES_AS_INPUTS
                ? graph.node("ReduceMean", Attributes.NONE.with("axes", new long[] {-1}), x)
                : node("ReduceMean", x, list(-1));
    }

    /** As exporters before opset 17 write it. */
    String writtenLayerNorm(String x, int width) {
        String centred = node("Sub", x, mean(x));
        String variance = mean(node("Pow", centred, scalar(2)));
        String deviation = node("Sqrt", node("Add", variance, scalar(1e-5)));
        return add(node("Mul", node("Div", centred, deviation), floats(width)), floats(width));
    }

    String layerNorm(String x, int width) {
        return graph.node(
                "LayerNormalization",
                Attributes.NONE.with("axis", -1).withFloat("epsilon", 1e-5f),
                x,
                floats(width),
                floats(width));
    }

    /** Without a mean that is taken off; no exporter has an operator for it. */
    String rmsNorm(String x, int width) {
        String square = mean(node("Pow", x, scalar(2)));
        String deviation = node("Sqrt", node("Add", square, scalar(1e-6)));
        return node("Mul", floats(width), node("Mul", x, node("Div", scalar(1), deviation)));
    }

    /** By the error function. */
    String gelu(String x) {
        String sum = node("Add", node("Erf", div(x, Math.sqrt(2))), scalar(1));
        return mul(node("Mul", x, sum), 0.5);
    }

    /** GPT-2's, by the hyperbolic tangent. */
    String geluByTanh(String x) {
        String cubic = add(x, mul(node("Pow", x, scalar(3)), 0.044715));
        String sum = node("Add", node("Tanh", mul(cubic, Math.sqrt(2 / Math.PI))), scalar(1));
        return node("Mul", mul(x, 0.5), sum);
    }

    String relu(String x) {
        return node("Relu", x);
    }

    String silu(String x) {
        return node("Mul", x, node("Sigmoid", x));
    }

    /** Heads in front of their tokens: {@code [batch, heads, tokens, size]} of {@code [batch, tokens, heads * size]}. */
    String heads(String x, int batch, int tokens, int heads, int size) {
        return transpose(reshape(x, batch, tokens, heads, size), 0, 2, 1, 3);
    }

    /** Rotary embedding of heads of {@code size}, whose halves are turned against each other. */
    String rotated(String x, int size, String cos, String sin) {
        String front = slice(x, 3, 0, size / 2);
        String back = slice(x, 3, size / 2, Long.MAX_VALUE);
        String turned = concat(-1, node("Neg", back), front);
        return add(node("Mul", x, cos), node("Mul", turned, sin));
    }

    String leakyRelu(String x, double alpha) {
        return graph.node("LeakyRelu", Attributes.NONE.withFloat("alpha", (float) alpha), x);
    }
}
