package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.EmulatedCuda.Spoiled;
import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.models.device.PinnedMemoryBudget;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether kernels for one kind of card are used only where they have shown on the card that they compute rightly. */
@Tag("cuda")
@Tag("nightly")
class WarpgroupSelfTestTest {
    private static final String KERNEL = "warpgroup_fp16_256";

    private EmulatedCuda cuda;

    /** What is on the card: nothing of a self-test stays there. */
    private final class Left {
        private final long used = cuda.used(EmulatedCuda.HOPPER);
        private final int streams = cuda.streams();

        void isUnchanged() {
            assertThat(cuda.used(EmulatedCuda.HOPPER)).isEqualTo(used);
            assertThat(cuda.streams()).isEqualTo(streams);
        }
    }

    @BeforeEach
    void find() {
        cuda = EmulatedCuda.find("the self-test of warpgroups").orElseGet(() -> Assumptions.abort("no emulated GPU"));
    }

    @AfterEach
    void mend() {
        cuda.spoil(Spoiled.NOTHING);
        cuda.setTotal(0);
    }

    /** A card that nobody has tried anything on. */
    private CudaDevice card(int number) {
        return (CudaDevice) cuda.devices(new PinnedMemoryBudget(0)).all().get(number);
    }

    @Test
    void kernelsThatComputeRightlyAreUsed() {
        Left left = new Left();
        CudaDevice hopper = card(EmulatedCuda.HOPPER);
        try (DeviceModelResources _ = hopper.open(DevicePrecision.FP32)) {
            assertThat(hopper.refusal()).isEmpty();
            assertThat(hopper.has(KERNEL)).isTrue();
        }
        left.isUnchanged();
    }

    @Test
    void otherCardsHaveNoSuchKernels() {
        CudaDevice ampere = card(EmulatedCuda.AMPERE);
        try (DeviceModelResources _ = ampere.open(DevicePrecision.FP32)) {
            assertThat(ampere.refusal()).isEmpty();
            assertThat(ampere.has(KERNEL)).isFalse();
        }
    }

    @Test
    void aCardIsTriedOnce() {
        CudaDevice hopper = card(EmulatedCuda.HOPPER);
        int before = cuda.launches();
        hopper.open(DevicePrecision.FP32).close();
        int tried = cuda.launches();
        assertThat(tried).isGreaterThan(before);
        try (DeviceModelResources _ = hopper.open(DevicePrecision.FP32)) {
            assertThat(cuda.launches()).isEqualTo(tried);
            assertThat(hopper.has(KERNEL)).isTrue();
        }
    }

    @Test
    void withoutMemoryForATrialACardIsTriedTheNextTime() {
        CudaDevice hopper = card(EmulatedCuda.HOPPER);
        cuda.setTotal(1);
        try (DeviceModelResources _ = hopper.open(DevicePrecision.FP32)) {
            assertThat(hopper.has(KERNEL)).isFalse();
            cuda.setTotal(0);
            // Kernels of a model that is there do not change.
            hopper.open(DevicePrecision.FP32).close();
            assertThat(hopper.has(KERNEL)).isFalse();
        }
        try (DeviceModelResources _ = hopper.open(DevicePrecision.FP32)) {
            assertThat(hopper.refusal()).isEmpty();
            assertThat(hopper.has(KERNEL)).isTrue();
        }
    }

    /** And what the others compute is right, by the kernels of all cards. */
    @ParameterizedTest
    @CsvSource({
        "SWIZZLE,wrongly",
        "ORDER,warpgroup_fp16_256",
        "TURNS,warpgroup_fp16_128_sliced",
        "FAULT,failed with CUDA_ERROR_LAUNCH_FAILED",
        "TEXT,compiling the kernels of 'warpgroup' failed",
        "MEMORY,bytes of shared memory failed"
    })
    void kernelsThatDoNotAreLeft(Spoiled how, String reason) {
        Left left = new Left();
        cuda.spoil(how);
        CudaDevice hopper = card(EmulatedCuda.HOPPER);
        try (DeviceRig rig = DeviceRig.on(hopper, DevicePrecision.FP32)) {
            assertThat(hopper.refusal().orElseThrow()).contains(reason);
            assertThat(hopper.has(KERNEL)).isFalse();
            assertThat(hopper.has("tensor_fp16")).isTrue();
            assertProductIsRight(rig);
        }
        left.isUnchanged();
        // What was wrong once is not tried again.
        cuda.spoil(Spoiled.NOTHING);
        int before = cuda.launches();
        try (DeviceModelResources _ = hopper.open(DevicePrecision.FP32)) {
            assertThat(hopper.has(KERNEL)).isFalse();
            assertThat(cuda.launches()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {75, 80, 86, 89, 91, 100, 103, 120})
    void textsForHopperAreForNoOtherCard(int capability) {
        assertThat(KernelTexts.all().ownTexts(capability)).isEmpty();
    }

    @Test
    void textsForHopperSayThatTheyAreForItAlone() {
        KernelTexts texts = KernelTexts.all();
        assertThat(texts.ownTexts(90)).hasSize(1);
        assertThat(texts.ownTexts(90).values()).allMatch(text -> text.contains(".target sm_90a"));
        for (int capability : new int[] {75, 80, 90, 100}) {
            assertThat(texts.texts(capability).values()).noneMatch(text -> text.contains(".target sm_90a"));
        }
    }

    private static void assertProductIsRight(DeviceRig rig) {
        int m = 3;
        int n = 16;
        int k = 24;
        MemorySegment a = HalfNumbers.fill(DataType.FP16, rig.memory(2L * m * k), () -> 1f);
        MemorySegment b = HalfNumbers.fill(DataType.FP16, rig.memory(2L * k * n), () -> 2f);
        MemorySegment c = rig.run(
                2L * m * n,
                List.of(a, b),
                (kernels, in, out) ->
                        kernels.multiplyHalf(DataType.FP16, DeviceProduct.plain(m, n, k), in[0], in[1], out, 0));
        assertThat(HalfNumbers.wide(DataType.FP16, c)).containsOnly(2f * k);
    }
}
