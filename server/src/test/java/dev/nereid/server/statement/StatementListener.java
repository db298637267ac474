package dev.nereid.server.statement;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Notes how every test with a {@link Statement} ends and writes {@code target/scheduling.md} after the last; over
 * docs/scheduling.md too with {@code -Dnereid.test.write=true}. A test of several cases passes when all do.
 */
public final class StatementListener implements TestExecutionListener {
    private static final Path FOUND = Path.of("target", "scheduling.md");
    private static final Path PAGE = Path.of("..", "docs", "scheduling.md");

    private record Outcome(List<Integer> statements, String result) {}

    private final Map<String, Outcome> outcomes = new HashMap<>();

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
                String name = source.getJavaClass().getSimpleName() + "." + source.getMethodName();
                outcomes.merge(
                        name,
                        new Outcome(IntStream.of(statement.value()).boxed().toList(), result),
                        (before, now) -> before.result().equals("passed") ? now : before);
            }
        }
    }

    @Override
    public synchronized void testPlanExecutionFinished(TestPlan plan) {
        StatementPage page = new StatementPage();
        outcomes.forEach((name, outcome) -> {
            for (int statement : outcome.statements()) {
                page.add(statement, name, outcome.result());
            }
        });
        if (page.isEmpty()) {
            return;
        }
        try {
            Files.writeString(FOUND, page.text());
            if (Boolean.getBoolean("nereid.test.write")) {
                Files.writeString(PAGE, page.text());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
