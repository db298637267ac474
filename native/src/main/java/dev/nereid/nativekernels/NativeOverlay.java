package dev.nereid.nativekernels;

import dev.nereid.kernels.KernelLayer;
import dev.nereid.kernels.KernelSet;
import dev.nereid.nativekernels.QuantizedCalls.Variant;
import java.util.Optional;

/** The layer of C kernels: replaces the quantized slot with one that uses VNNI instructions. */
public final class NativeOverlay implements KernelSet.Overlay {
    private static final String NAME = "native";

    private final QuantizedCalls calls;

    private NativeOverlay(QuantizedCalls calls) {
        this.calls = calls;
    }

    /** Loads the library, and says what it offers on this machine or why it offers nothing. */
    public static KernelLayer layer() {
        return switch (NativeLibrary.load()) {
            case NativeLibrary.Result.Failed failed -> new KernelLayer.Unavailable(NAME, failed.reason());
            case NativeLibrary.Result.Loaded loaded -> layer(loaded.library());
        };
    }

    private static KernelLayer layer(NativeLibrary library) {
        Optional<Variant> variant = variant(library.features());
        if (variant.isEmpty()) {
            return new KernelLayer.Unavailable(NAME, "this CPU has neither AVX512 VNNI nor AVX VNNI");
        }
        QuantizedCalls calls = new QuantizedCalls(library, variant.get());
        return new KernelLayer.Available(NAME, variant.get().suffix(), new NativeOverlay(calls));
    }

    /** The widest instructions that are there. */
    static Optional<Variant> variant(CpuFeatures features) {
        if (features.avx512Vnni()) {
            return Optional.of(Variant.AVX512_VNNI);
        }
        return features.avxVnni() ? Optional.of(Variant.AVX_VNNI) : Optional.empty();
    }

    @Override
    public KernelSet over(KernelSet base) {
        return base.withQuantized(new NativeQuantized(calls, base.quantized()));
    }
}
