package dev.nereid.nativekernels;

import dev.nereid.kernels.matmul.FloatPanelKernel;
import dev.nereid.kernels.matmul.RowPanelsTest;
import java.util.List;
import org.junit.jupiter.api.Nested;

class NativeRowPanelsTest {
    private static final String TESTED = "transposed packing in C";

    @Nested
    class WithAvx512 extends RowPanelsTest {
        @Override
        protected List<FloatPanelKernel> kernels() {
            return List.of(TestedPanels.avx512(TESTED));
        }
    }

    @Nested
    class WithAvx2 extends RowPanelsTest {
        @Override
        protected List<FloatPanelKernel> kernels() {
            return List.of(TestedPanels.avx2(TESTED));
        }
    }
}
