package dev.nereid.server.protocol;

import java.util.List;

/** Closes several resources, whatever one of them throws. */
public final class Closing {
    private Closing() {}

    /** Closes all; the first failure is thrown after the last one, the others suppressed in it. */
    public static void all(List<? extends AutoCloseable> resources) {
        IllegalStateException failure = null;
        for (AutoCloseable resource : resources) {
            try {
                resource.close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("closing " + resource + " failed", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
