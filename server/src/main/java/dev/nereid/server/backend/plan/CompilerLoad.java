package dev.nereid.server.backend.plan;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/**
 * How busy the JVM's compiler has been since some moment, whoever it compiles for. A JVM that only interprets has none,
 * which is never busy.
 */
public final class CompilerLoad {
    private static final Optional<CompilationMXBean> COMPILER = Optional.ofNullable(
                    ManagementFactory.getCompilationMXBean())
            .filter(CompilationMXBean::isCompilationTimeMonitoringSupported);

    private static final double NANOS_PER_MILLI = 1e6;

    private final long startNanos = System.nanoTime();
    private final long compiledMillis = compiledMillis();

    private CompilerLoad() {}

    /** Begins now. */
    public static CompilerLoad sinceNow() {
        return new CompilerLoad();
    }

    private static long compiledMillis() {
        return COMPILER.map(CompilationMXBean::getTotalCompilationTime).orElse(0L);
    }

    /** The share of the time since the begin that was spent compiling; above 1 where several threads compile. */
    public double share() {
        long nanos = Math.max(System.nanoTime() - startNanos, 1);
        return (compiledMillis() - compiledMillis) * NANOS_PER_MILLI / nanos;
    }
}
