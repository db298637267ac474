package dev.nereid.nativekernels;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.MatMulKernelsTest;
import dev.nereid.kernels.matmul.PanelMatMul;
import dev.nereid.kernels.matmul.VectorMatMul;
import dev.nereid.nativekernels.NativeLibrary.Result;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

class NativeMatMulTest extends MatMulKernelsTest {
    @Override
    protected MatMulKernels kernels() {
        if (!(NativeLibrary.load() instanceof Result.Loaded loaded)) {
            throw skip("float products in C: no native library");
        }
        if (!loaded.library().features().avx512()) {
            throw skip("float products in C: this CPU does not have AVX512");
        }
        return new PanelMatMul(
                new MatMulCalls(loaded.library(), MatMulCalls.Variant.FLOATS),
                Optional.empty(),
                new VectorMatMul(Cpu.detect()));
    }

    @Override
    protected List<MatMulKernels> everyKernels() {
        return List.of(kernels());
    }

    private static RuntimeException skip(String reason) {
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}
