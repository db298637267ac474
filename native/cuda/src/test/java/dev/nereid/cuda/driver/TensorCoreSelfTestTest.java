package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.EmulatedCuda.Spoiled;
import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.models.device.PinnedMemoryBudget;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether groups of kernels with tensor cores are used only where they have shown on the card that they compute rightly. */
@Tag("cuda")
@Tag("nightly")
class TensorCoreSelfTestTest {
    private EmulatedCuda cuda;

    @BeforeEach
    void find() {
        cuda = EmulatedCuda.find("the self-test of tensor cores").orElseGet(() -> Assumptions.abort("no emulated GPU"));
    }

    @AfterEach
    void mend() {
        cuda.spoil(Spoiled.NOTHING);
        cuda.setTotal(0);
    }

    /** A card that nobody has tried anything on. */
    private CudaDevice card() {
        return (CudaDevice) cuda.devices(new PinnedMemoryBudget(0)).all().get(EmulatedCuda.AMPERE);
    }

    @ParameterizedTest
    @CsvSource({"tensor_convolution,tensor_convolution_fp16", "tensor_attention,tensor_attention_bf16_64"})
    void kernelsThatComputeRightlyAreUsedAndTriedOnce(String source, String kernel) {
        CudaDevice ampere = card();
        int before = cuda.launches();
        ampere.open(DevicePrecision.FP32).close();
        int tried = cuda.launches();
        assertThat(tried).isGreaterThan(before);
        try (DeviceModelResources _ = ampere.open(DevicePrecision.FP32)) {
            assertThat(cuda.launches()).isEqualTo(tried);
            assertThat(ampere.refusal(source)).isEmpty();
            assertThat(ampere.has(kernel)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "WORDS,tensor_convolution,tensor_convolution_fp16,wrongly",
        "WORDS,tensor_attention,tensor_attention_fp16_128,wrongly",
        "MMA_FAULT,tensor_convolution,tensor_convolution_fp16,failed with CUDA_ERROR_LAUNCH_FAILED",
        "MMA_FAULT,tensor_attention,tensor_attention_fp16_64,failed with CUDA_ERROR_LAUNCH_FAILED"
    })
    void kernelsThatDoNotAreLeft(Spoiled how, String source, String kernel, String reason) {
        cuda.spoil(how);
        CudaDevice ampere = card();
        try (DeviceModelResources _ = ampere.open(DevicePrecision.FP32)) {
            assertThat(ampere.refusal(source).orElseThrow()).contains(reason);
            assertThat(ampere.has(kernel)).isFalse();
            assertThat(ampere.has("convolution_fp16")).isTrue();
            assertThat(ampere.has("attention_fp16")).isTrue();
        }
        // What was wrong once is not tried again.
        cuda.spoil(Spoiled.NOTHING);
        int before = cuda.launches();
        try (DeviceModelResources _ = ampere.open(DevicePrecision.FP32)) {
            assertThat(ampere.has(kernel)).isFalse();
            assertThat(cuda.launches()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tensor_convolution_fp16", "tensor_attention_fp16_64"})
    void withoutMemoryForATrialACardIsTriedTheNextTime(String kernel) {
        CudaDevice ampere = card();
        cuda.setTotal(1);
        try (DeviceModelResources _ = ampere.open(DevicePrecision.FP32)) {
            assertThat(ampere.has(kernel)).isFalse();
        }
        cuda.setTotal(0);
        try (DeviceModelResources _ = ampere.open(DevicePrecision.FP32)) {
            assertThat(ampere.has(kernel)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NOTHING", "WORDS", "MMA_FAULT"})
    void nothingOfATrialStaysOnTheCard(Spoiled how) {
        cuda.spoil(how);
        long used = cuda.used(EmulatedCuda.AMPERE);
        int streams = cuda.streams();
        card().open(DevicePrecision.FP32).close();
        assertThat(cuda.used(EmulatedCuda.AMPERE)).isEqualTo(used);
        assertThat(cuda.streams()).isEqualTo(streams);
    }
}
