package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogLineLayoutTest {
    private static LoggingEvent event(Level level, String message) {
        ch.qos.logback.classic.Logger logger =
                (ch.qos.logback.classic.Logger) LoggerFactory.getLogger("dev.nereid.server.Example");
        LoggingEvent event = new LoggingEvent("", logger, level, message, null, null);
        event.setInstant(Instant.parse("2026-11-25T09:30:00.123456Z"));
        event.setCallerData(new StackTraceElement[] {new StackTraceElement("dev.Example", "go", "Example.java", 12)});
        return event;
    }

    private static String line(LogConfig.Format format, Level level, String message) {
        return new LogLineLayout(format, true).doLayout(event(level, message));
    }

    @Test
    void areTritonsLines() {
        assertThat(line(LogConfig.Format.DEFAULT, Level.INFO, "ready"))
                .matches("I1125 09:30:00\\.123456 \\d+ Example\\.java:12] \"ready\"\n");
        assertThat(line(LogConfig.Format.ISO8601, Level.WARN, "hot"))
                .matches("2026-11-25T09:30:00Z W \\d+ Example\\.java:12] \"hot\"\n");
        assertThat(line(LogConfig.Format.DEFAULT, Level.ERROR, "bad")).startsWith("E");
        assertThat(line(LogConfig.Format.DEFAULT, Level.DEBUG, "detail")).startsWith("I");
    }

    @Test
    void letsNoMessageForgeALine() {
        String line = line(LogConfig.Format.DEFAULT, Level.INFO, "model 'a\nE1125 \"forged\" \\\r\u001b[31m'");

        assertThat(line).endsWith("\"model 'a\\nE1125 \\\"forged\\\" \\\\\\r\\u001b[31m'\"\n");
        assertThat(line.lines()).hasSize(1);
    }

    @Test
    void leavesMessagesAsTheyAreWhereThatIsAskedFor() {
        LogLineLayout layout = new LogLineLayout(LogConfig.Format.DEFAULT, false);

        assertThat(layout.doLayout(event(Level.INFO, "a \"name\"\nand more")))
                .endsWith("Example.java:12] a \"name\"\nand more\n");
    }

    @Test
    void namesWhoHandedTheLoggerToACollection() {
        LoggingEvent event = event(Level.INFO, "ready");
        StackTraceElement collection = new StackTraceElement("java.lang.Iterable", "forEach", "Iterable.java", 75);
        event.setCallerData(new StackTraceElement[] {collection, event.getCallerData()[0]});

        assertThat(new LogLineLayout(LogConfig.Format.DEFAULT, true).doLayout(event))
                .contains(" Example.java:12] \"ready\"");
    }

    @Test
    void namesTheLoggerWhereThePlaceIsUnknown() {
        LoggingEvent event = event(Level.INFO, "ready");
        event.setCallerData(new StackTraceElement[0]);

        assertThat(new LogLineLayout(LogConfig.Format.DEFAULT, true).doLayout(event))
                .contains(" Example:0] \"ready\"");
    }
}
