package dev.nereid.bench.kernels;

import java.util.List;
import java.util.stream.Collectors;

/** What can be asked of the kernels. */
public final class Questions {
    private static final List<Question> ALL = List.of(
            new Question(
                    "gemm",
                    "MxNxK",
                    List.of("16x384x384", "16x384x1536", "128x384x384", "128x1536x384", "128x384x1536"),
                    ProductProblems::gemm),
            new Question("int8", "MxNxK", List.of("16x384x384", "128x1536x384"), ProductProblems::int8),
            new Question(
                    "conv",
                    "CxHxWxFxKxS",
                    List.of("32x112x112x16x1x1", "96x28x28x24x1x1", "16x32x32x16x3x1", "64x56x56x64x3x1"),
                    ConvolutionProblems::dense),
            new Question(
                    "layer",
                    "CxHxWxFxKxS",
                    List.of("16x32x32x16x3x1", "64x56x56x64x3x1", "512x7x7x512x3x1", "128x28x28x128x3x1"),
                    LayerProblems::convolution),
            new Question(
                    "depthwise",
                    "CxHxWxKxS",
                    List.of("144x56x56x3x1", "96x112x112x3x2"),
                    ConvolutionProblems::depthwise),
            new Question("pool", "CxHxWxKxS", List.of("24x176x176x3x2", "64x56x56x2x2"), PoolingProblems::highest),
            new Question("attention", "HxTxE", List.of("12x16x32", "12x128x32"), RowProblems::attention),
            new Question("lstm", "TxBxIxH", List.of("64x1x128x128", "64x8x128x128"), GraphProblems::lstm),
            new Question("layernorm", "RxC", List.of("16x384", "128x384"), RowProblems::layerNorm),
            new Question("softmax", "RxC", List.of("192x16", "1536x128"), RowProblems::softmax),
            new Question("gelu", "E", List.of("24576", "196608"), RowProblems::gelu),
            new Question("transpose", "RxCxE", List.of("128x12x32", "64x3136x1"), RowProblems::transpose),
            new Question("chain", "RxC", List.of("16x384", "128x1536"), GraphProblems::chain));

    private Questions() {}

    public static List<Question> all() {
        return ALL;
    }

    /**
     * The question of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Question of(String family) {
        return ALL.stream()
                .filter(question -> question.family().equals(family))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("kernels '" + family + "': expected one of "
                        + ALL.stream().map(Question::family).collect(Collectors.joining(", "))));
    }
}
