package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceKernelGraph;
import dev.nereid.cuda.device.DeviceStream;
import dev.nereid.models.device.DeviceException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records the kernels of a model as graphs, until recording fails once, which the log says. Any thread. */
final class KernelGraphRecorder {
    private static final Logger LOG = LoggerFactory.getLogger(KernelGraphRecorder.class);

    private final AtomicBoolean failed = new AtomicBoolean();

    /** Records the kernels that the work launches; empty, and nothing launched, if they cannot be recorded. */
    Optional<DeviceKernelGraph> record(DeviceStream stream, Runnable work) {
        if (failed.get()) {
            return Optional.empty();
        }
        try {
            return Optional.of(stream.record(work));
        } catch (DeviceException e) {
            if (!failed.getAndSet(true)) {
                LOG.warn("kernels are started one by one, for they cannot be recorded: {}", e.getMessage());
            }
            return Optional.empty();
        }
    }
}
