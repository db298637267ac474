package dev.nereid.nativekernels;

import dev.nereid.kernels.KernelLayer;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.PanelAttention;
import dev.nereid.kernels.attention.WeightKernel;
import dev.nereid.kernels.channelslast.DepthwiseBand;
import dev.nereid.kernels.channelslast.GroupedBand;
import dev.nereid.kernels.channelslast.SumKernels;
import dev.nereid.kernels.channelslast.VectorChannelsLast;
import dev.nereid.kernels.conv.DepthwiseKernel;
import dev.nereid.kernels.conv.VectorConv;
import dev.nereid.kernels.matmul.FloatPanelKernel;
import dev.nereid.kernels.matmul.PanelKernel;
import dev.nereid.kernels.matmul.PanelMatMul;
import dev.nereid.kernels.quantized.ConvolutionsByShape;
import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.recurrent.BlockedRecurrent;
import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.tree.WalkedTrees;
import dev.nereid.nativekernels.QuantizedCalls.Variant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The layer of C kernels: products of floats with AVX512 or AVX2, softmax and attention's exponentials, depthwise convolutions
 * and recurrent layers with AVX512, products of bf16 with its instructions, and of bytes with VNNI instructions or AVX2,
 * depthwise convolutions of bytes with AVX512 VNNI, as far as the CPU goes; and decision trees.
 */
public final class NativeOverlay implements KernelSet.Overlay {
    private static final String NAME = "native";

    private final Optional<FloatPanelKernel> matMul;
    private final Optional<PanelKernel> bf16;
    private final Optional<WeightKernel> weights;
    private final Optional<UnaryOperator<ReduceKernels>> reduce;
    private final Optional<DepthwiseKernel> depthwise;
    private final Optional<DepthwiseBand> depthwiseCells;
    private final Optional<GroupedBand> groupedCells;
    private final Optional<RecurrentCalls> recurrent;
    private final Optional<QuantizedCalls> quantized;
    private final Optional<ByteDepthwiseCalls> byteDepthwise;
    private final ForestCalls trees;

    private NativeOverlay(
            Optional<FloatPanelKernel> matMul,
            Optional<PanelKernel> bf16,
            Optional<WeightKernel> weights,
            Optional<UnaryOperator<ReduceKernels>> reduce,
            Optional<DepthwiseKernel> depthwise,
            Optional<DepthwiseBand> depthwiseCells,
            Optional<GroupedBand> groupedCells,
            Optional<RecurrentCalls> recurrent,
            Optional<QuantizedCalls> quantized,
            Optional<ByteDepthwiseCalls> byteDepthwise,
            ForestCalls trees) {
        this.matMul = matMul;
        this.bf16 = bf16;
        this.weights = weights;
        this.reduce = reduce;
        this.depthwise = depthwise;
        this.depthwiseCells = depthwiseCells;
        this.groupedCells = groupedCells;
        this.recurrent = recurrent;
        this.quantized = quantized;
        this.byteDepthwise = byteDepthwise;
        this.trees = trees;
    }

    /** Loads the library, and says what it offers on this machine or why it offers nothing. */
    public static KernelLayer layer() {
        return switch (NativeLibrary.load()) {
            case NativeLibrary.Result.Failed failed -> new KernelLayer.Unavailable(NAME, failed.reason());
            case NativeLibrary.Result.Loaded loaded -> layer(loaded.library());
        };
    }

    private static KernelLayer layer(NativeLibrary library) {
        try {
            return layer(library, library.features().allowed(System.getProperty(CpuFeatures.PROPERTY, "")));
        } catch (IllegalArgumentException e) {
            return new KernelLayer.Unavailable(NAME, String.valueOf(e.getMessage()));
        }
    }

    private static KernelLayer layer(NativeLibrary library, CpuFeatures features) {
        Optional<Variant> variant = variant(features);
        List<MatMulCalls.Variant> floats = floatVariants(features);
        if (variant.isEmpty() && floats.isEmpty()) {
            return new KernelLayer.Unavailable(NAME, "this CPU has neither AVX512 nor AVX2 with FMA");
        }
        String instructions = Stream.concat(
                        floats.stream().map(MatMulCalls.Variant::instructions), variant.map(Variant::suffix).stream())
                .distinct()
                .collect(Collectors.joining(", "));
        boolean wide = floats.contains(MatMulCalls.Variant.AVX512_FLOATS);
        Optional<QuantizedCalls> quantized = variant.map(chosen -> new QuantizedCalls(library, chosen));
        return new KernelLayer.Available(
                NAME,
                instructions,
                new NativeOverlay(
                        floats.stream().findFirst().map(each -> new MatMulCalls(library, each)),
                        floats.contains(MatMulCalls.Variant.BF16_PAIRS)
                                ? Optional.of(new MatMulCalls(library, MatMulCalls.Variant.BF16_PAIRS))
                                : Optional.empty(),
                        wide ? Optional.of(new WeightCalls(library)) : Optional.empty(),
                        wide ? Optional.of(base -> new SoftmaxCalls(library, base)) : Optional.empty(),
                        wide ? Optional.of(new DepthwiseCalls(library)) : Optional.empty(),
                        wide ? Optional.of(new DepthwiseCellCalls(library)) : Optional.empty(),
                        wide ? Optional.of(new GroupedCellCalls(library)) : Optional.empty(),
                        wide ? Optional.of(new RecurrentCalls(library)) : Optional.empty(),
                        quantized,
                        variant.filter(chosen -> chosen == Variant.AVX512_VNNI)
                                .map(_ -> new ByteDepthwiseCalls(library)),
                        new ForestCalls(library)));
    }

    /** What there are instructions for: the widest for floats first, and behind it that for bf16. */
    static List<MatMulCalls.Variant> floatVariants(CpuFeatures features) {
        if (!features.avx512()) {
            return features.avx2() ? List.of(MatMulCalls.Variant.AVX2_FLOATS) : List.of();
        }
        return features.avx512Bf16()
                ? List.of(MatMulCalls.Variant.AVX512_FLOATS, MatMulCalls.Variant.BF16_PAIRS)
                : List.of(MatMulCalls.Variant.AVX512_FLOATS);
    }

    /** The best instructions for products of bytes that are there. */
    static Optional<Variant> variant(CpuFeatures features) {
        if (features.avx512Vnni()) {
            return Optional.of(Variant.AVX512_VNNI);
        }
        if (features.avxVnni()) {
            return Optional.of(Variant.AVX_VNNI);
        }
        return features.avx2() ? Optional.of(Variant.AVX2) : Optional.empty();
    }

    @Override
    public KernelSet over(KernelSet base) {
        KernelSet products = matMul.map(kernel -> base.withMatMul(new PanelMatMul(kernel, bf16, base.matMul()))
                        .withAttention(attention(kernel))
                        .withChannelsLast(new VectorChannelsLast(new SumKernels(kernel, depthwiseCells, groupedCells))))
                .orElse(base);
        KernelSet convolutions =
                depthwise.isPresent() ? products.withConv(new VectorConv(base.matMul(), depthwise)) : products;
        KernelSet layers = recurrent
                .map(calls -> convolutions.withRecurrent(new BlockedRecurrent(calls)))
                .orElse(convolutions);
        return quantized
                .map(calls -> layers.withQuantized(quantized(calls, base.quantized())))
                .orElse(layers)
                .withReduce(reduce.map(over -> over.apply(base.reduce())).orElse(base.reduce()))
                .withTrees(new WalkedTrees(trees, base.trees()));
    }

    private AttentionKernels attention(FloatPanelKernel products) {
        return weights.map(kernel -> new PanelAttention(products, kernel))
                .orElseGet(() -> new PanelAttention(products));
    }

    private QuantizedKernels quantized(QuantizedCalls calls, QuantizedKernels base) {
        Int8ConvolutionKernels depthwise =
                byteDepthwise.<Int8ConvolutionKernels>map(NativeDepthwise::new).orElse(base.convolutions());
        return new QuantizedKernels(
                new NativeInt8Product(calls),
                base.quantization(),
                new ConvolutionsByShape(depthwise, new NativeConvolution(calls)),
                base.arithmetic());
    }
}
