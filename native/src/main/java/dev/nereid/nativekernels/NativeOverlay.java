package dev.nereid.nativekernels;

import dev.nereid.kernels.KernelLayer;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.KernelSlot;
import dev.nereid.kernels.attention.PanelAttention;
import dev.nereid.kernels.blockwise.VectorBlockwise;
import dev.nereid.kernels.convolution.ConvolutionKernels;
import dev.nereid.kernels.convolution.channelsfirst.VectorChannelsFirst;
import dev.nereid.kernels.convolution.channelslast.ConvolutionMicroKernels;
import dev.nereid.kernels.convolution.channelslast.VectorChannelsLast;
import dev.nereid.kernels.layout.BlockedLayout;
import dev.nereid.kernels.layout.TileTranspose;
import dev.nereid.kernels.matmul.FloatPanelKernel;
import dev.nereid.kernels.matmul.PanelKernel;
import dev.nereid.kernels.matmul.PanelMatMul;
import dev.nereid.kernels.pooling.MaxPoolKernel;
import dev.nereid.kernels.pooling.VectorPooling;
import dev.nereid.kernels.quantized.DepthwiseDispatch;
import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.recurrent.BlockedRecurrent;
import dev.nereid.kernels.recurrent.Int8RecurrentKernels;
import dev.nereid.kernels.recurrent.RowwiseInt8Recurrent;
import dev.nereid.kernels.resize.ResizeGatherKernel;
import dev.nereid.kernels.resize.VectorResize;
import dev.nereid.kernels.tree.ForestWalkKernels;
import dev.nereid.nativekernels.QuantizedCalls.Variant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The layer of C kernels, on ARM an {@link ArmOverlay}, on x86-64 as far as the CPU goes: products and elementwise sums of
 * floats, norms, softmax
 * and attention's exponentials, convolutions in groups and recurrent layers with AVX512 or AVX2; Winograd's transformations,
 * max pooling, transposes, prefix sums and functions with AVX2; products of doubles with AVX512; products of bf16 with AMX or
 * AVX512's instructions, and of bytes, with their convolutions, with AMX, VNNI instructions or AVX2; and decision trees.
 */
public final class NativeOverlay implements KernelSet.Overlay {
    private static final String NAME = "native";

    private final NativeLibrary library;
    private final List<MatMulCalls.Variant> floats;
    private final Optional<Variant> bytes;
    private final Optional<Variant> byteProducts;
    private final boolean tilesOfBf16;

    /** @param features what it may use of the library */
    private NativeOverlay(NativeLibrary library, CpuFeatures features) {
        this.library = library;
        this.floats = floatVariants(features);
        this.bytes = variant(features);
        this.byteProducts = productVariant(features);
        this.tilesOfBf16 = features.has(Instruction.AMX_BF16);
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
            CpuFeatures features = library.features().allowed(System.getProperty(CpuFeatures.PROPERTY, ""));
            return switch (library.architecture()) {
                case X86_64 -> layer(library, features);
                case AARCH64 -> ArmOverlay.layer(NAME, library, features);
            };
        } catch (IllegalArgumentException e) {
            return new KernelLayer.Unavailable(NAME, String.valueOf(e.getMessage()));
        }
    }

    private static KernelLayer layer(NativeLibrary library, CpuFeatures features) {
        NativeOverlay overlay = new NativeOverlay(library, features);
        String instructions = overlay.instructions();
        return instructions.isEmpty()
                ? new KernelLayer.Unavailable(NAME, "this CPU has neither AVX512 nor AVX2 with FMA")
                : new KernelLayer.Available(NAME, instructions, overlay);
    }

    private String instructions() {
        return Stream.concat(
                        floats.stream().map(MatMulCalls.Variant::instructions),
                        Stream.of(
                                        bytes,
                                        byteProducts,
                                        tilesOfBf16 ? Optional.of(Variant.AMX) : Optional.<Variant>empty())
                                .flatMap(Optional::stream)
                                .map(Variant::suffix))
                .distinct()
                .collect(Collectors.joining(", "));
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

    /** The best instructions for products of bytes and their convolutions that are there. */
    static Optional<Variant> productVariant(CpuFeatures features) {
        return features.has(Instruction.AMX_INT8) ? Optional.of(Variant.AMX) : variant(features);
    }

    /** The best instructions for what else is made of bytes. */
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
        KernelSet trees = base.with(KernelSlot.TREES, new ForestWalkKernels(new ForestCalls(library), base.trees()));
        KernelSet products = floats.stream()
                .findFirst()
                .map(widest -> products(trees, widest))
                .orElse(trees);
        KernelSet layers = floats.contains(MatMulCalls.Variant.AVX2_FLOATS) ? withoutWideVectors(products) : products;
        return bytes.map(variant -> layers.with(KernelSlot.QUANTIZED, quantized(variant, base.quantized()))
                        .with(
                                KernelSlot.BLOCKWISE,
                                new NativeBlockwise(new BlockwiseCalls(library, variant), layers.blockwise())))
                .orElse(layers);
    }

    private boolean isWide() {
        return floats.contains(MatMulCalls.Variant.AVX512_FLOATS);
    }

    /** What follows from products of floats. */
    private KernelSet products(KernelSet base, MatMulCalls.Variant widest) {
        FloatPanelKernel kernel = new MatMulCalls(library, widest);
        ConvolutionMicroKernels convolution = new ConvolutionMicroKernels(
                kernel,
                Optional.of(new ChannelsLastDepthwiseCalls(library, widest)),
                Optional.of(new GroupedConvolutionCalls(library, widest)),
                isWide() ? Optional.empty() : Optional.of(new WinogradCalls(library)));
        Optional<MaxPoolKernel> maxPool = isWide() ? Optional.empty() : Optional.of(new MaxPoolCalls(library));
        Optional<ResizeGatherKernel> nearestResize =
                isWide() ? Optional.empty() : Optional.of(new ResizeGatherCalls(library));
        PanelMatMul matMul = new PanelMatMul(kernel, bf16(kernel), new DoubleCalls(library, widest), base.matMul());
        return base.with(KernelSlot.ELEMENTWISE, new ElementwiseBinaryCalls(library, base.elementwise()))
                .with(KernelSlot.MATMUL, matMul)
                .with(KernelSlot.BLOCKWISE, new VectorBlockwise(matMul))
                .with(KernelSlot.ATTENTION, new PanelAttention(kernel, new AttentionSoftmaxCalls(library, widest)))
                .with(KernelSlot.REDUCE, new ReduceCalls(library, widest, base.reduce()))
                .with(
                        KernelSlot.CONVOLUTION,
                        new ConvolutionKernels(
                                new VectorChannelsFirst(
                                        base.matMul(), Optional.of(new DepthwiseCalls(library, widest))),
                                new VectorChannelsLast(convolution)))
                .with(
                        KernelSlot.RECURRENT,
                        new BlockedRecurrent(new RecurrentCalls(library, widest), recurrentOfBytes()))
                .with(KernelSlot.POOLING, new VectorPooling(maxPool))
                .with(KernelSlot.RESIZE, new VectorResize(nearestResize));
    }

    private Optional<PanelKernel> bf16(FloatPanelKernel floatKernel) {
        if (tilesOfBf16) {
            return Optional.of(new Bf16TileCalls(library, floatKernel.epilogue()));
        }
        return floats.contains(MatMulCalls.Variant.BF16_PAIRS)
                ? Optional.of(new MatMulCalls(library, MatMulCalls.Variant.BF16_PAIRS))
                : Optional.empty();
    }

    /** With AVX512 Java has instructions that select from two vectors, and registers for all numbers of a function. */
    private KernelSet withoutWideVectors(KernelSet products) {
        return products.with(KernelSlot.LAYOUT, new BlockedLayout(new TransposeCalls(library, new TileTranspose())))
                .with(KernelSlot.ELEMENTWISE, new FunctionCalls(library, products.elementwise()));
    }

    private Optional<Int8RecurrentKernels> recurrentOfBytes() {
        return bytes.filter(variant -> variant == Variant.AVX512_VNNI)
                .map(_ -> new RowwiseInt8Recurrent(new Int8RecurrentCalls(library)));
    }

    private QuantizedKernels quantized(Variant variant, QuantizedKernels base) {
        Variant products = byteProducts.orElse(variant);
        QuantizedCalls calls = new QuantizedCalls(library, products);
        Int8ConvolutionKernels depthwise = new NativeDepthwise(new ByteDepthwiseCalls(library, variant));
        return new QuantizedKernels(
                new NativeInt8Product(calls),
                base.quantization(),
                new DepthwiseDispatch(depthwise, convolutions(products, calls)),
                base.arithmetic());
    }

    /** Where bytes are multiplied in 16 bits, Winograd's algorithm saves more than its wider numbers cost. */
    private Int8ConvolutionKernels convolutions(Variant variant, QuantizedCalls calls) {
        NativeConvolution direct = new NativeConvolution(calls);
        return variant == Variant.AVX2 ? new NativeWinograd(calls, new Int8WinogradCalls(library), direct) : direct;
    }
}
