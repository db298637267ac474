package dev.nereid.nativekernels;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Bf16MatMul;
import dev.nereid.kernels.matmul.Bf16MatMulTest;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.VectorMatMul;
import dev.nereid.nativekernels.NativeLibrary.Result;
import org.junit.jupiter.api.Assumptions;

class NativeBf16MatMulTest extends Bf16MatMulTest {
    @Override
    protected MatMulKernels kernels() {
        if (!(NativeLibrary.load() instanceof Result.Loaded loaded)) {
            throw skip("bf16 products in C: no native library");
        }
        if (!NativeOverlay.floatVariants(loaded.library().features()).contains(MatMulCalls.Variant.BF16_PAIRS)) {
            throw skip("bf16 products in C: this CPU does not have AVX512_BF16");
        }
        return new Bf16MatMul(
                new MatMulCalls(loaded.library(), MatMulCalls.Variant.BF16_PAIRS), new VectorMatMul(Cpu.detect()));
    }

    private static RuntimeException skip(String reason) {
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}
