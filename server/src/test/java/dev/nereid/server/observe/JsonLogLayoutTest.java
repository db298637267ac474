package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLogLayoutTest {
    @TempDir
    private Path folder;

    private static LoggingEvent event(String message) {
        Logger logger = new LoggerContext().getLogger("dev.nereid.server.Example");
        LoggingEvent event = new LoggingEvent("", logger, Level.WARN, message, null, null);
        event.setInstant(Instant.parse("2026-11-25T09:30:00.123456Z"));
        event.setThreadName("main");
        return event;
    }

    private static String line(LoggingEvent event) {
        return new JsonLogLayout().doLayout(event);
    }

    @Test
    void aLineHasTimeLevelLoggerThreadAndMessage() {
        assertThat(line(event("ready"))).isEqualTo("""
                        {"time":"2026-11-25T09:30:00.123Z","level":"WARN","logger":"dev.nereid.server.Example","thread":"main","message":"ready"}
                        """);
    }

    @Test
    void anExceptionIsOneText() {
        LoggingEvent event = event("it failed");
        event.setThrowableProxy(new ThrowableProxy(new IllegalStateException("no \"room\"\nleft")));

        assertThat(line(event))
                .contains(
                        "\"message\":\"it failed\",\"exception\":\"java.lang.IllegalStateException: no \\\"room\\\"\\nleft\\n\\tat ")
                .endsWith("\"}\n");
        assertThat(line(event).lines()).hasSize(1);
    }

    @Test
    void longMessagesAndStacksAreCut() {
        LoggingEvent event = event("m".repeat(JsonLogLayout.MOST_MESSAGE + 1));
        event.setThrowableProxy(
                new ThrowableProxy(new IllegalStateException("e".repeat(2 * JsonLogLayout.MOST_EXCEPTION))));

        assertThat(line(event))
                .contains("mmm...\"")
                .endsWith("eee...\"}\n")
                .hasSizeLessThan(JsonLogLayout.MOST_MESSAGE + JsonLogLayout.MOST_EXCEPTION + 300);
    }

    @Test
    void theConfiguredFormatIsThatOfTheFile() throws IOException {
        Path file = folder.resolve("log");
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        Logging.apply(new LogConfig(0, true, true, true, LogConfig.Format.JSON, file.toString()), context);

        context.getLogger("dev.nereid.Example").info("Grüße\n{}", "all");
        context.stop();

        List<String> lines = Files.readAllLines(file);
        assertThat(lines)
                .singleElement()
                .asString()
                .startsWith("{\"time\":\"")
                .endsWith("\"message\":\"Grüße\\nall\"}");
    }
}
