package dev.nereid.server.javamodel;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs what a model does before its first and after its last request, each on a thread of its own: what the code leaves behind
 * on a thread ends with it, and not in a thread that loads other models.
 */
final class ModelThread {
    private ModelThread() {}

    /**
     * Runs code and waits for it.
     *
     * @param loader the model's
     * @throws ExecutionException with what it threw
     */
    static <T> T call(String name, ClassLoader loader, Callable<T> code) throws ExecutionException {
        FutureTask<T> task = new FutureTask<>(() -> ContextLoader.inModel(loader, code));
        Thread.ofPlatform().daemon().name(name).start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
