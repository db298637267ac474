package dev.nereid.nativekernels;

import dev.nereid.kernels.KernelLayer;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.KernelSlot;
import dev.nereid.kernels.matmul.Bf16MatMulDecorator;
import dev.nereid.kernels.quantized.DepthwiseDispatch;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.tree.ForestWalkKernels;
import dev.nereid.nativekernels.QuantizedCalls.Variant;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The layer of C kernels on ARM, for what Java has no instructions for: products of bytes and convolutions of them, except
 * depthwise ones, by dot products or products of matrices with NEON or SVE; products of bf16. Decision trees are in C too.
 * Everything else is the base's. Not measured: tests run it under an emulator, and no ARM processor has run it.
 *
 * @param bytes what multiplies bytes
 * @param bf16 what multiplies pairs of bf16
 */
record ArmOverlay(NativeLibrary library, Optional<Variant> bytes, Optional<MatMulCalls.Variant> bf16)
        implements KernelSet.Overlay {
    /** What every CPU of the architecture has. */
    private static final String EVERY = "neon";

    /** What a library offers on a CPU. */
    static KernelLayer layer(String name, NativeLibrary library, CpuFeatures features) {
        ArmOverlay overlay = new ArmOverlay(library, bytes(features), bf16(features));
        String instructions = Stream.concat(
                        overlay.bytes.map(Variant::suffix).stream(),
                        overlay.bf16.map(MatMulCalls.Variant::instructions).stream())
                .collect(Collectors.joining(", "));
        return new KernelLayer.Available(name, instructions.isEmpty() ? EVERY : instructions, overlay);
    }

    /** Products of matrices before dot products, and SVE before NEON where its vectors are longer. */
    static Optional<Variant> bytes(CpuFeatures features) {
        if (features.hasLongSve() && features.has(Instruction.SVE_I8MM)) {
            return Optional.of(Variant.SVE_I8MM);
        }
        if (features.has(Instruction.I8MM)) {
            return Optional.of(Variant.I8MM);
        }
        if (features.hasLongSve()) {
            return Optional.of(Variant.SVE);
        }
        return features.has(Instruction.DOTPROD) ? Optional.of(Variant.DOTPROD) : Optional.empty();
    }

    static Optional<MatMulCalls.Variant> bf16(CpuFeatures features) {
        return features.has(Instruction.BF16) ? Optional.of(MatMulCalls.Variant.NEON_BF16_PAIRS) : Optional.empty();
    }

    @Override
    public Optional<String> detail(String slot) {
        return switch (slot) {
            case "matmul" -> bf16.map(variant -> variant.instructions() + ", for products of bf16 alone");
            case "quantized" -> bytes.map(Variant::suffix);
            default -> Optional.of(EVERY);
        };
    }

    @Override
    public KernelSet over(KernelSet base) {
        KernelSet trees = base.with(KernelSlot.TREES, new ForestWalkKernels(new ForestCalls(library), base.trees()));
        KernelSet products = bf16.map(variant -> trees.with(
                        KernelSlot.MATMUL, new Bf16MatMulDecorator(new MatMulCalls(library, variant), base.matMul())))
                .orElse(trees);
        return bytes.map(variant -> products.with(KernelSlot.QUANTIZED, quantized(variant, base.quantized())))
                .orElse(products);
    }

    private QuantizedKernels quantized(Variant variant, QuantizedKernels base) {
        QuantizedCalls calls = new QuantizedCalls(library, variant);
        return new QuantizedKernels(
                new NativeInt8Product(calls),
                base.quantization(),
                new DepthwiseDispatch(base.convolutions(), new NativeConvolution(calls)),
                base.arithmetic());
    }
}
