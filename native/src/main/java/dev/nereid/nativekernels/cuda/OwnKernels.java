package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.DeviceException;
import java.util.Optional;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernels for cards of one capability alone. They do what kernels for all cards do, faster, and are used only on a card
 * that has shown once that they do it: the first model there has a {@link WarpgroupTrial trial} run. A card whose driver
 * refuses them, or that computes wrongly with them, is not asked again, and one line in the log says so. For the thread that
 * holds the device's lock.
 */
final class OwnKernels {
    private static final Logger LOG = LoggerFactory.getLogger(OwnKernels.class);

    private final CudaDevice device;
    private final int capability;
    private final int multiprocessors;
    private final KernelTexts texts = KernelTexts.all();
    private boolean proven;
    private Optional<String> refusal = Optional.empty();

    OwnKernels(CudaDevice device, int capability, int multiprocessors) {
        this.device = device;
        this.capability = capability;
        this.multiprocessors = multiprocessors;
    }

    /** Why the kernels are not used, though there are some; empty where none were refused. */
    Optional<String> refusal() {
        return refusal;
    }

    /** Compiles them for the card, whose context is current, unless they are known to be of no use. */
    void compile() {
        if (refusal.isPresent()) {
            return;
        }
        try {
            texts.ownTexts(capability).forEach(device::compile);
            WarpgroupProducts.sharedBytes().forEach(this::allow);
        } catch (DeviceException e) {
            refuse(String.valueOf(e.getMessage()));
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
     * Tries them, if nobody has before. Where a card lacks the memory for it they are not used for now, and whoever is the first
     * the next time tries again.
     *
     * @param space the first one of a model on the card, which the calling thread talks to
     * @throws DeviceException if the driver refused something; the kernels are not used then, and the card's context may have
     *     failed
     */
    void prove(CudaSpace space) {
        if (proven || refusal.isPresent() || !areThere()) {
            return;
        }
        long start = System.nanoTime();
        try (WarpgroupTrial trial = new WarpgroupTrial(device, space, multiprocessors)) {
            Optional<String> problem = trial.run();
            if (problem.isPresent()) {
                refuse(device.label() + ": " + problem.get());
                return;
            }
            proven = true;
            LOG.info(
                    "{}: products of FP16 and BF16 by warpgroups (sm_90a) gave the bits of the other kernels, tried in {} ms",
                    device.label(),
                    (System.nanoTime() - start) / 1_000_000);
        } catch (DeviceException e) {
            if (e.code() == DeviceException.Code.OUT_OF_MEMORY) {
                forget();
            } else {
                refuse(String.valueOf(e.getMessage()));
                throw e;
            }
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

    private void refuse(String reason) {
        refusal = Optional.of(reason);
        forget();
        LOG.warn("kernels for this kind of card (sm_90a) are left for those of all: {}", reason);
    }
}
