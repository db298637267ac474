package dev.nereid.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.quantized.VectorInt8Product;
import dev.nereid.kernels.scalar.ScalarSvm;
import dev.nereid.kernels.scalar.ScalarTrees;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class KernelSelectionTest {
    private static final List<KernelLayer> LAYERS = List.of(
            VectorKernels.layer(Cpu.detect()),
            new KernelLayer.Available(
                    "native",
                    "avx512_vnni",
                    base -> base.with(KernelSlot.QUANTIZED, KernelSet.scalar().quantized())));

    @Test
    void allowsEveryLayerUpToASingleWord() {
        assertThat(KernelSelection.parse("scalar")).containsExactly("scalar");
        assertThat(KernelSelection.parse("vector")).containsExactly("scalar", "vector");
        assertThat(KernelSelection.parse("native")).containsExactly("scalar", "vector", "native");
    }

    @Test
    void allowsTheLayersOfAList() {
        assertThat(KernelSelection.parse("native, scalar")).containsExactly("scalar", "native");
        assertThat(KernelSelection.parse("vector,native")).containsExactly("scalar", "vector", "native");
    }

    @Test
    void rejectsAWordThatIsNoLayer() {
        assertThatThrownBy(() -> KernelSelection.parse("vector,cuda"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'cuda'");
        assertThatThrownBy(() -> KernelSelection.parse("")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Tag("found-32")
    void saysInOneLineWhatIsInUse() {
        String vector = "vector (" + Cpu.detect().vectorBits() + " bits)";
        assertThat(KernelSelection.of(KernelSelection.parse("scalar"), LAYERS).summary())
                .isEqualTo("scalar");
        assertThat(KernelSelection.of(KernelSelection.LAYERS, LAYERS).summary())
                .startsWith(vector + "; ")
                .contains("; native (avx512_vnni) for quantized");
    }

    @Test
    void laysEachAllowedLayerOverTheOnesBelow() {
        KernelSelection all = KernelSelection.of(KernelSelection.LAYERS, LAYERS);
        assertThat(all.choices()).containsEntry("quantized", "native (avx512_vnni)");
        assertThat(all.remarks()).isEmpty();

        KernelSelection vector = KernelSelection.of(KernelSelection.parse("vector"), LAYERS);
        assertThat(vector.kernels().quantized().products()).isInstanceOf(VectorInt8Product.class);
        assertThat(vector.choices())
                .containsEntry("quantized", "vector (" + Cpu.detect().vectorBits() + " bits)");
        assertThat(vector.remarks()).containsExactly("native off: not among the allowed kernels [scalar, vector]");

        KernelSelection scalar = KernelSelection.of(KernelSelection.parse("scalar"), LAYERS);
        assertThat(scalar.choices().values()).containsOnly("scalar");
    }

    @Test
    void accountsForEverySlot() {
        KernelSelection selection = KernelSelection.of(KernelSelection.LAYERS, LAYERS);
        assertThat(selection.choices().keySet())
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(KernelSlot.class.getFields())
                        .filter(field -> field.getType() == KernelSlot.class)
                        .map(field -> field.getName().toLowerCase(Locale.ROOT))
                        .toList());
    }

    @Test
    void saysOfASlotWhatItsKernelsMakeUseOf() {
        KernelSet.Overlay overlay = new KernelSet.Overlay() {
            @Override
            public KernelSet over(KernelSet base) {
                return base.with(KernelSlot.TREES, new ScalarTrees()).with(KernelSlot.SVM, new ScalarSvm());
            }

            @Override
            public Optional<String> detail(String slot) {
                return slot.equals("svm") ? Optional.of("a part of it") : Optional.empty();
            }
        };
        List<KernelLayer> layers = List.of(new KernelLayer.Available("native", "all of it", overlay));
        assertThat(KernelSelection.of(KernelSelection.LAYERS, layers).choices())
                .containsEntry("trees", "native (all of it)")
                .containsEntry("svm", "native (a part of it)")
                .containsEntry("matmul", "scalar");
    }

    @Test
    void saysWhyALayerIsNotUsed() {
        List<KernelLayer> layers = List.of(new KernelLayer.Unavailable("native", "there was no C compiler"));
        KernelSelection selection = KernelSelection.of(KernelSelection.LAYERS, layers);
        assertThat(selection.remarks()).containsExactly("native off: there was no C compiler");
        assertThat(selection.choices().values()).containsOnly("scalar");
    }
}
