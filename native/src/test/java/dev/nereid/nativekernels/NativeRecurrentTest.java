package dev.nereid.nativekernels;

import dev.nereid.kernels.recurrent.RecurrentKernelsTest;
import dev.nereid.kernels.recurrent.UnitKernel;
import dev.nereid.nativekernels.NativeLibrary.Result;
import org.junit.jupiter.api.Assumptions;

class NativeRecurrentTest extends RecurrentKernelsTest {
    @Override
    protected UnitKernel kernel() {
        if (!(NativeLibrary.load() instanceof Result.Loaded loaded)) {
            throw skip("recurrent layers in C: no native library");
        }
        if (!loaded.library().features().avx512()) {
            throw skip("recurrent layers in C: this CPU does not have AVX512");
        }
        return new RecurrentCalls(loaded.library());
    }

    private static RuntimeException skip(String reason) {
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}
