package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.DeviceException;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether kernels that do what others do, faster, have shown on a card that they do it there. A card that computes wrongly
 * with them, or whose driver refuses them, is not asked again, and one line in the log says so. For the thread that holds the
 * device's lock.
 */
final class Proof {
    private static final Logger LOG = LoggerFactory.getLogger(Proof.class);

    private final CudaDevice device;
    private final String kernels;
    private boolean proven;
    private Optional<String> refusal = Optional.empty();

    /** @param kernels what the log calls them */
    Proof(CudaDevice device, String kernels) {
        this.device = device;
        this.kernels = kernels;
    }

    /** Why they are not used, though there are some; empty where they were not refused. */
    Optional<String> refusal() {
        return refusal;
    }

    /**
     * Tries them, if nobody has before. Where a card lacks the memory for it they are not used for now, and whoever is the first
     * the next time tries again.
     *
     * @param trial gives what was wrong; empty where nothing was
     * @param forget makes the device have them no more
     * @throws DeviceException if the driver refused something; the kernels are not used then, and the card's context may have
     *     failed
     */
    void prove(Supplier<Optional<String>> trial, Runnable forget) {
        if (proven || refusal.isPresent()) {
            return;
        }
        long start = System.nanoTime();
        try {
            Optional<String> problem = trial.get();
            if (problem.isPresent()) {
                refuse(device.label() + ": " + problem.get(), forget);
                return;
            }
            proven = true;
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
