package dev.nereid.models;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.KernelSlot;

/** In what numbers a model's products with constant weights are computed; everything else is as the file has it. */
public enum Precision {
    FP32,
    /** Weights and left sides rounded to bf16, sums in {@code FP32}. */
    BF16;

    /** Kernels that compute so. */
    KernelSet of(KernelSet kernels) {
        return switch (this) {
            case FP32 -> kernels;
            case BF16 -> kernels.with(KernelSlot.MATMUL, kernels.matMul().inBf16());
        };
    }
}
