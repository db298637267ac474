package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceException;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/** A lane as one run has it: until it is closed, or what was done on it has failed. One thread at a time. */
final class LaneLease implements AutoCloseable {
    private final Lanes lanes;
    private final Lane lane;
    private boolean ended;

    LaneLease(Lanes lanes) {
        this.lanes = lanes;
        this.lane = lanes.take();
    }

    Lane lane() {
        return lane;
    }

    /** Does a part of a run. Where that fails, the lane is given back or, if it may have suffered, closed. */
    <T> T use(Supplier<T> work) {
        try {
            return work.get();
        } catch (DeviceException e) {
            if (e.code() != DeviceException.Code.FAILED) {
                close();
            } else {
                closeAfter(e);
            }
            throw e;
        } catch (CancellationException e) {
            close();
            throw e;
        } catch (RuntimeException | Error e) {
            closeAfter(e);
            throw e;
        }
    }

    /** A stream on which something failed is not used again. */
    private void closeAfter(Throwable failure) {
        ended = true;
        try {
            lane.close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Gives the lane back, once. */
    @Override
    public void close() {
        if (!ended) {
            ended = true;
            lanes.giveBack(lane);
        }
    }
}
