package dev.nereid.perf;

import dev.nereid.perf.measure.MeasurementListener;
import dev.nereid.perf.measure.Summary;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Requests to end (SIGINT), as perf_analyzer takes them: with the first a run ends its window, reports what it has and ends
 * well; the second ends the process at once. Any thread.
 */
final class Interrupts {
    private final AtomicInteger heard = new AtomicInteger();
    private final PrintStream out;
    private final Runnable exit;

    /**
     * None so far.
     *
     * @param out says what is heard, in perf_analyzer's words
     * @param exit ends the process
     */
    Interrupts(PrintStream out, Runnable exit) {
        this.out = out;
        this.exit = exit;
    }

    /** For a run that nobody can interrupt. */
    static Interrupts none() {
        return new Interrupts(System.out, () -> {});
    }

    /**
     * Takes the signal from now on; where this JDK does not hand it out, the first one ends the process as usual. What hands
     * it out is in every JDK, but javac warns of it whatever one tells it: hence by reflection.
     */
    @SuppressWarnings("ReferenceEquality") // a handler is itself alone
    void listen() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object own = Proxy.newProxyInstance(
                    Interrupts.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        return switch (method.getName()) {
                            case "hashCode" -> System.identityHashCode(proxy);
                            case "equals" -> proxy == arguments[0];
                            case "toString" -> "SIGINT";
                            default -> {
                                hear();
                                yield null;
                            }
                        };
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("INT"), own);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            System.err.println("warning: an interrupt will end this without a summary: " + e);
        }
    }

    /** Takes in one signal. */
    void hear() {
        out.println("Interrupt signal (2) received.");
        if (heard.getAndIncrement() == 0) {
            out.println("Waiting for in-flight inferences to complete.");
        } else {
            out.println("Exiting immediately...");
            exit.run();
        }
    }

    /** Whether the run is to end. */
    boolean heard() {
        return heard.get() > 0;
    }

    /** The same watcher, who wants no more when a signal was heard. */
    MeasurementListener watching(MeasurementListener listener) {
        return new MeasurementListener() {
            @Override
            public void tick(Status status) {
                listener.tick(status);
            }

            @Override
            public void pass(int number, Summary summary) {
                listener.pass(number, summary);
            }

            @Override
            public boolean wantsMore() {
                return !heard() && listener.wantsMore();
            }
        };
    }
}
