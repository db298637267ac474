package dev.nereid.server.statement;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Notes how every test with a {@link Statement} ends and writes {@code target/scheduling.md} after the last, with what other
 * JVMs have found; over docs/scheduling.md too with {@code -Dnereid.test.write=true}. A test of several cases passes when all
 * do.
 */
public final class StatementListener implements TestExecutionListener {
    private static final Path FOUND = Path.of("target", "scheduling.md");
    private static final Path PAGE = Path.of("..", "docs", "scheduling.md");

    private final StatementResults results = new StatementResults(Path.of("target", "statements"));

    /** By class and method. */
    private final Map<Class<?>, Map<String, String>> outcomes = new HashMap<>();

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        note(test, "skipped");
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        note(test, result.getStatus() == TestExecutionResult.Status.SUCCESSFUL ? "passed" : "failed");
    }

    private synchronized void note(TestIdentifier test, String result) {
        if (test.getSource().orElse(null) instanceof MethodSource source) {
            Statement statement = source.getJavaMethod().getAnnotation(Statement.class);
            if (statement != null) {
                outcomes.computeIfAbsent(source.getJavaClass(), _ -> new HashMap<>())
                        .merge(source.getMethodName(), result, (before, now) -> before.equals("passed") ? now : before);
            }
        }
    }

    @Override
    public synchronized void testPlanExecutionFinished(TestPlan plan) {
        if (outcomes.isEmpty()) {
            return;
        }
        try {
            results.update(outcomes, Boolean.getBoolean("nereid.test.write") ? List.of(FOUND, PAGE) : List.of(FOUND));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
