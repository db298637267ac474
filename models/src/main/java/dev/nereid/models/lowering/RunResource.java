package dev.nereid.models.lowering;

/** What steps of one run share, such as memory of a device: theirs until the last of them has ended, however it ended. */
public interface RunResource extends AutoCloseable {
    /** Gives everything back. Called once, by the thread that ran the steps. */
    @Override
    void close();
}
