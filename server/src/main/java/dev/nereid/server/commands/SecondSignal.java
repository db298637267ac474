package dev.nereid.server.commands;

import java.lang.reflect.Proxy;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A further SIGTERM or SIGINT while the server stops: the JVM itself would ignore it. */
final class SecondSignal {
    private static final Logger LOG = LoggerFactory.getLogger(SecondSignal.class);

    private SecondSignal() {}

    /**
     * Runs an action at the next of these signals. What hands signals out is in every JDK, but javac warns of it whatever one
     * tells it: hence by reflection.
     */
    @SuppressWarnings("ReferenceEquality") // a handler is itself alone
    static void listen(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object own = Proxy.newProxyInstance(
                    SecondSignal.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        return switch (method.getName()) {
                            case "hashCode" -> System.identityHashCode(proxy);
                            case "equals" -> proxy == arguments[0];
                            case "toString" -> "second signal";
                            default -> {
                                LOG.error("A second signal: exiting at once.");
                                action.run();
                                yield null;
                            }
                        };
                    });
            for (String name : List.of("TERM", "INT")) {
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), own);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            LOG.warn("a second signal will not end the server at once", e);
        }
    }
}
