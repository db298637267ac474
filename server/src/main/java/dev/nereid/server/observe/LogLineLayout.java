package dev.nereid.server.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * One line for each event, with Triton's head. Control characters of a message are escaped, so that no client can forge
 * a line; a stack trace follows on lines of its own.
 */
final class LogLineLayout extends LayoutBase<ILoggingEvent> {
    private static final DateTimeFormatter DEFAULT =
            DateTimeFormatter.ofPattern("MMdd HH:mm:ss.SSSSSS").withZone(ZoneId.systemDefault());
    private static final DateTimeFormatter ISO8601 =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    private final LogConfig.Format format;
    private final String process = " " + ProcessHandle.current().pid() + " ";

    LogLineLayout(LogConfig.Format format) {
        this.format = format;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160);
        char severity = severity(event.getLevel());
        switch (format) {
            case DEFAULT -> {
                line.append(severity);
                DEFAULT.formatTo(event.getInstant(), line);
            }
            case ISO8601 -> {
                ISO8601.formatTo(event.getInstant(), line);
                line.append(' ').append(severity);
            }
        }
        String logger = event.getLoggerName();
        line.append(process)
                .append(logger, logger.lastIndexOf('.') + 1, logger.length())
                .append("] ");
        escape(event.getFormattedMessage(), line);
        line.append('\n');
        if (event.getThrowableProxy() != null) {
            line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
        return line.toString();
    }

    private static char severity(Level level) {
        if (level.isGreaterOrEqual(Level.ERROR)) {
            return 'E';
        }
        return level.isGreaterOrEqual(Level.WARN) ? 'W' : 'I';
    }

    private static void escape(String message, StringBuilder line) {
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        line.append(String.format("\\u%04x", (int) c));
                    } else {
                        line.append(c);
                    }
                }
            }
        }
    }
}
