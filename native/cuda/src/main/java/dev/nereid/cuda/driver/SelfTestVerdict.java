package dev.nereid.cuda.driver;

import dev.nereid.models.device.DeviceException;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Result of the self-test of some kernels on one card. Kernels that compute wrongly there, or that the driver refuses, are
 * not used or tested again; one line in the log says so. For the thread that holds the device's lock.
 */
final class SelfTestVerdict {
    private static final Logger LOG = LoggerFactory.getLogger(SelfTestVerdict.class);

    private final CudaDevice device;
    private final String kernels;
    private boolean passed;
    private Optional<String> refusal = Optional.empty();

    /** @param kernels what the log calls them */
    SelfTestVerdict(CudaDevice device, String kernels) {
        this.device = device;
        this.kernels = kernels;
    }

    /** Why they are not used, though there are some; empty where they were not refused. */
    Optional<String> refusal() {
        return refusal;
    }

    /**
     * Runs the self-test once. If the card lacks memory for it, the kernels are not used for now, and the next caller
     * tries again.
     *
     * @param selfTest gives what was wrong; empty where nothing was
     * @param forget makes the device have them no more
     * @throws DeviceException if the driver refused something; the kernels are not used then, and the card's context may have
     *     failed
     */
    void runOnce(Supplier<Optional<String>> selfTest, Runnable forget) {
        if (passed || refusal.isPresent()) {
            return;
        }
        long start = System.nanoTime();
        try {
            Optional<String> problem = selfTest.get();
            if (problem.isPresent()) {
                refuse(device.label() + ": " + problem.get(), forget);
                return;
            }
            passed = true;
            LOG.info(
                    "{}: {} gave the bits of the other kernels, tried in {} ms",
                    device.label(),
                    kernels,
                    (System.nanoTime() - start) / 1_000_000);
        } catch (DeviceException e) {
            if (e.code() == DeviceException.Code.OUT_OF_MEMORY) {
                forget.run();
            } else {
                refuse(String.valueOf(e.getMessage()), forget);
                throw e;
            }
        }
    }

    void refuse(String reason, Runnable forget) {
        refusal = Optional.of(reason);
        forget.run();
        LOG.warn("{} are left for the kernels of all cards: {}", kernels, reason);
    }
}
