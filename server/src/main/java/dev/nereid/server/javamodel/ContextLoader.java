package dev.nereid.server.javamodel;

import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * The context class loader of threads that go into a model's code and come out of it. Libraries in a model look for their
 * services by it; a thread that the server starts meanwhile inherits it, and would keep the model's classes for ever.
 */
final class ContextLoader {
    private ContextLoader() {}

    /** Runs a model's code. */
    static <T> T inModel(ClassLoader model, Callable<T> code) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(model);
        try {
            return code.call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Runs the server's code for a model. */
    static <T> T inServer(Supplier<T> code) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(ContextLoader.class.getClassLoader());
        try {
            return code.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Runs the server's code for a model. */
    static void inServer(Runnable code) {
        inServer(() -> {
            code.run();
            return true;
        });
    }
}
