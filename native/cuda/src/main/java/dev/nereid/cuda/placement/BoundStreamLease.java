package dev.nereid.cuda.placement;

import dev.nereid.models.device.DeviceException;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/**
 * One run's use of a {@link BoundStream}, until it is closed or an operation on it has failed. One thread at a time.
 */
final class BoundStreamLease implements AutoCloseable {
    private final BoundStreamPool boundStreams;
    private final BoundStream boundStream;
    private boolean ended;

    BoundStreamLease(BoundStreamPool boundStreams) {
        this.boundStreams = boundStreams;
        this.boundStream = boundStreams.take();
    }

    BoundStream boundStream() {
        return boundStream;
    }

    /** Does a part of a run. Where that fails, the bound stream is given back or, if it may have suffered, closed. */
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
            boundStream.close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Gives the bound stream back, once. */
    @Override
    public void close() {
        if (!ended) {
            ended = true;
            boundStreams.giveBack(boundStream);
        }
    }
}
