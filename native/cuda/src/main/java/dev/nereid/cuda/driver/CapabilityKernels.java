package dev.nereid.cuda.driver;

import dev.nereid.models.device.DeviceException;
import java.util.Optional;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/**
 * Kernels for cards of exactly one compute capability (sm_90a). They replace kernels for all cards once their {@link
 * WarpgroupSelfTest}, run by the first model on a card, has passed. For the thread that holds the device's lock.
 */
final class CapabilityKernels {
    private final CudaDevice device;
    private final int capability;
    private final int multiprocessors;
    private final KernelTexts texts = KernelTexts.all();
    private final SelfTestVerdict verdict;

    CapabilityKernels(CudaDevice device, int capability, int multiprocessors) {
        this.device = device;
        this.capability = capability;
        this.multiprocessors = multiprocessors;
        this.verdict = new SelfTestVerdict(device, "products of FP16 and BF16 by warpgroups (sm_90a)");
    }

    /** The reason why the kernels are not used; empty if they were not refused. */
    Optional<String> refusal() {
        return verdict.refusal();
    }

    /** Compiles the kernels for the card, whose context is current, unless they were refused. */
    void compile() {
        if (refusal().isPresent()) {
            return;
        }
        try {
            texts.ownTexts(capability).forEach(device::compile);
            WarpgroupProducts.sharedBytes().forEach(this::allow);
        } catch (DeviceException e) {
            verdict.refuse(String.valueOf(e.getMessage()), this::forget);
        }
    }

    /** Lets a kernel ask for more shared memory than usual, where the card has the kernel. */
    private void allow(String kernel, int sharedBytes) {
        if (device.has(kernel)) {
            device.check(
                    JCudaDriver.cuFuncSetAttribute(
                            device.function(kernel),
                            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                            sharedBytes),
                    "allowing kernel '" + kernel + "' " + sharedBytes + " bytes of shared memory");
        }
    }

    /**
     * Runs the self-test if it has not run on this card.
     *
     * @param resources the first one of a model on the card, which the calling thread talks to
     * @throws DeviceException if the driver refused something; the kernels are not used then, and the card's context may have
     *     failed
     */
    void selfTest(CudaModelResources resources) {
        if (areThere()) {
            verdict.runOnce(() -> runSelfTest(resources), this::forget);
        }
    }

    private Optional<String> runSelfTest(CudaModelResources resources) {
        try (WarpgroupSelfTest selfTest = new WarpgroupSelfTest(device, resources, multiprocessors)) {
            return selfTest.run();
        }
    }

    private boolean areThere() {
        return texts.ownTexts(capability).keySet().stream()
                .flatMap(source -> texts.entries(source).stream())
                .anyMatch(device::has);
    }

    private void forget() {
        texts.ownTexts(capability).keySet().forEach(device::forget);
    }
}
