package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.Random;

/** Products with n-bit weights, a scale for each {@value #BLOCK} of a column, in the forms that models have them. */
final class NBitProducts {
    private static final int BLOCK = 32;

    /** The accuracy level at which the left side may be rounded to bytes. */
    private static final int ROUNDED = 4;

    /** A layer without a bias. */
    @FunctionalInterface
    interface Product {
        String of(Layers layers, String x, int from, int to);
    }

    private NBitProducts() {}

    /** Whose left side may be rounded to bytes. */
    static String rounded(Layers layers, String x, int from, int to) {
        return product(layers, 4, ROUNDED, x, from, to, "");
    }

    static String exact(Layers layers, String x, int from, int to) {
        return product(layers, 4, 0, x, from, to, "");
    }

    static String eightBits(Layers layers, String x, int from, int to) {
        return product(layers, 8, ROUNDED, x, from, to, "");
    }

    static String twoBits(Layers layers, String x, int from, int to) {
        return product(layers, 2, ROUNDED, x, from, to, "");
    }

    /** Rows of the weights belong to blocks in the order of their importance. */
    static String ordered(Layers layers, String x, int from, int to) {
        int[] groups = new int[from];
        for (int row = 0; row < from; row++) {
            groups[row] = row / BLOCK;
        }
        Random random = new Random(from);
        for (int row = from - 1; row > 0; row--) {
            int other = random.nextInt(row + 1);
            int group = groups[row];
            groups[row] = groups[other];
            groups[other] = group;
        }
        String index = layers.graph().shortIntegers(layers.name("g_idx"), groups);
        return product(layers, 4, ROUNDED, x, from, to, index);
    }

    private static String product(Layers layers, int bits, int level, String x, int from, int to, String groups) {
        return layers.graph()
                .contributed(
                        "MatMulNBits",
                        Attributes.NONE
                                .with("K", from)
                                .with("N", to)
                                .with("bits", bits)
                                .with("block_size", BLOCK)
                                .with("accuracy_level", level),
                        x,
                        layers.graph()
                                .randomBytes(DataType.UINT8, layers.name("q"), to, from / BLOCK, BLOCK * bits / 8),
                        layers.graph().floats(layers.name("scales"), 0.3 / (1 << bits), (long) to * from / BLOCK),
                        "",
                        groups);
    }

    /** Sixteen numbers of the normal distribution, as bitsandbytes has them. */
    static String codebook(Layers layers, String x, int from, int to) {
        long numbers = (long) from * to;
        return layers.graph()
                .contributed(
                        "MatMulBnb4",
                        Attributes.NONE
                                .with("K", from)
                                .with("N", to)
                                .with("block_size", 2 * BLOCK)
                                .with("quant_type", 1),
                        x,
                        layers.graph().randomBytes(DataType.UINT8, layers.name("q"), numbers / 2),
                        layers.graph().floats(layers.name("absmax"), 0.1, numbers / (2 * BLOCK)));
    }

    /** As ONNX alone writes it. */
    static String dequantised(Layers layers, String x, int from, int to) {
        String numbers = layers.graph().randomFourBits(DataType.INT4, layers.name("q"), from, to);
        return dequantised(layers, numbers, 0.02, x, from, to);
    }

    static String dequantisedBytes(Layers layers, String x, int from, int to) {
        String numbers = layers.graph().randomBytes(DataType.INT8, layers.name("q"), from, to);
        return dequantised(layers, numbers, 0.00125, x, from, to);
    }

    private static String dequantised(Layers layers, String numbers, double bound, String x, int from, int to) {
        String weights = layers.graph()
                .node(
                        "DequantizeLinear",
                        Attributes.NONE.with("axis", 0).with("block_size", BLOCK),
                        numbers,
                        layers.graph().floats(layers.name("scales"), bound, from / BLOCK, to));
        return layers.node("MatMul", x, weights);
    }
}
