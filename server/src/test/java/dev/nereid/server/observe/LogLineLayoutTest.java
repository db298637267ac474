package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogLineLayoutTest {
    private static String line(LogConfig.Format format, Level level, String message) {
        ch.qos.logback.classic.Logger logger =
                (ch.qos.logback.classic.Logger) LoggerFactory.getLogger("dev.nereid.server.Example");
        LoggingEvent event = new LoggingEvent("", logger, level, message, null, null);
        event.setInstant(Instant.parse("2026-11-25T09:30:00.123456Z"));
        return new LogLineLayout(format).doLayout(event);
    }

    @Test
    void beginsAsTritonsLinesDo() {
        assertThat(line(LogConfig.Format.DEFAULT, Level.INFO, "ready"))
                .matches("I112[456] \\d\\d:\\d\\d:00\\.123456 \\d+ Example] ready\n");
        assertThat(line(LogConfig.Format.ISO8601, Level.WARN, "hot"))
                .matches("2026-11-25T09:30:00Z W \\d+ Example] hot\n");
        assertThat(line(LogConfig.Format.DEFAULT, Level.ERROR, "bad")).startsWith("E");
        assertThat(line(LogConfig.Format.DEFAULT, Level.DEBUG, "detail")).startsWith("I");
    }

    @Test
    void letsNoMessageForgeALine() {
        String line = line(LogConfig.Format.DEFAULT, Level.INFO, "model 'a\nE1125 forged\r\u001b[31m'");

        assertThat(line).endsWith("model 'a\\nE1125 forged\\r\\u001b[31m'\n");
        assertThat(line.lines()).hasSize(1);
    }
}
