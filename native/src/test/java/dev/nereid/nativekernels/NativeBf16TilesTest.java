package dev.nereid.nativekernels;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Bf16MatMul;
import dev.nereid.kernels.matmul.Bf16MatMulTest;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.VectorEpilogue;
import dev.nereid.kernels.matmul.VectorMatMul;
import org.junit.jupiter.api.Nested;

/** Products of bf16 with AMX agree to the bit with plain loops that add in its order. */
class NativeBf16TilesTest {
    @Nested
    class WithAmx extends InTheOrderOfTiles {
        @Override
        protected MatMulKernels kernels() {
            NativeLibrary library =
                    TestedLibrary.of("bf16 products in C", "AMX_BF16", features -> features.has(Instruction.AMX_BF16));
            return new Bf16MatMul(new Bf16TileCalls(library, VectorEpilogue.INSTANCE), new VectorMatMul(Cpu.detect()));
        }
    }

    @Nested
    class WithEmulatedAmx extends InTheOrderOfTiles {
        @Override
        protected MatMulKernels kernels() {
            NativeLibrary library = EmulatedAmx.library("bf16 products with AMX");
            return new Bf16MatMul(new Bf16TileCalls(library, VectorEpilogue.INSTANCE), new VectorMatMul(Cpu.detect()));
        }
    }

    abstract static class InTheOrderOfTiles extends Bf16MatMulTest {
        @Override
        protected MatMulKernels oracle() {
            return new Bf16MatMul(new PlainBf16Tiles(), new VectorMatMul(Cpu.detect()));
        }
    }
}
