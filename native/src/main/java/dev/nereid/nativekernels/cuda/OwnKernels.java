package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.DeviceException;
import java.util.Optional;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/**
 * The kernels for cards of one capability alone. They do what kernels for all cards do, faster, and are used only on a card
 * that has shown once that they do it: the first model there has a {@link WarpgroupTrial trial} run, which is their {@link
 * Proof}. For the thread that holds the device's lock.
 */
final class OwnKernels {
    private final CudaDevice device;
    private final int capability;
    private final int multiprocessors;
    private final KernelTexts texts = KernelTexts.all();
    private final Proof proof;

    OwnKernels(CudaDevice device, int capability, int multiprocessors) {
        this.device = device;
        this.capability = capability;
        this.multiprocessors = multiprocessors;
        this.proof = new Proof(device, "products of FP16 and BF16 by warpgroups (sm_90a)");
    }

    /** Why the kernels are not used, though there are some; empty where none were refused. */
    Optional<String> refusal() {
        return proof.refusal();
    }

    /** Compiles them for the card, whose context is current, unless they are known to be of no use. */
    void compile() {
        if (refusal().isPresent()) {
            return;
        }
        try {
            texts.ownTexts(capability).forEach(device::compile);
            WarpgroupProducts.sharedBytes().forEach(this::allow);
        } catch (DeviceException e) {
            proof.refuse(String.valueOf(e.getMessage()), this::forget);
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
     * Tries them, if nobody has before.
     *
     * @param space the first one of a model on the card, which the calling thread talks to
     * @throws DeviceException if the driver refused something; the kernels are not used then, and the card's context may have
     *     failed
     */
    void prove(CudaSpace space) {
        if (areThere()) {
            proof.prove(() -> tried(space), this::forget);
        }
    }

    private Optional<String> tried(CudaSpace space) {
        try (WarpgroupTrial trial = new WarpgroupTrial(device, space, multiprocessors)) {
            return trial.run();
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
