package dev.nereid.server.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * One line for each event, as Triton writes it: severity, time (UTC), process, the place in the source, and the message as
 * a JSON string, so that no client can forge a line and tools can tell messages apart. A stack trace follows on lines of
 * its own.
 */
final class LogLineLayout extends LayoutBase<ILoggingEvent> {
    private static final DateTimeFormatter DEFAULT =
            DateTimeFormatter.ofPattern("MMdd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter ISO8601 =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    private final LogConfig.Format format;
    private final boolean escaped;
    private final String process = " " + ProcessHandle.current().pid() + " ";

    /**
     * Lines of one of Triton's formats.
     *
     * @param escaped whether messages are JSON strings; otherwise they are written as they are, with all that they hold
     */
    LogLineLayout(LogConfig.Format format, boolean escaped) {
        this.format = format;
        this.escaped = escaped;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160);
        char severity = severity(event.getLevel());
        if (format == LogConfig.Format.ISO8601) {
            ISO8601.formatTo(event.getInstant(), line);
            line.append(' ').append(severity);
        } else {
            line.append(severity);
            DEFAULT.formatTo(event.getInstant(), line);
        }
        line.append(process);
        place(event, line);
        line.append("] ");
        String message = event.getFormattedMessage();
        if (escaped) {
            line.append('"');
            escape(message, line);
            line.append('"');
        } else {
            line.append(message);
        }
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

    /** The file and the line that logged, or else the logger's name and no line. */
    private static void place(ILoggingEvent event, StringBuilder line) {
        for (StackTraceElement caller : event.getCallerData()) {
            // Where a reference to a logger's method is called by a collection, the place is who handed it over.
            if (caller.getFileName() != null && !caller.getClassName().startsWith("java.")) {
                line.append(caller.getFileName()).append(':').append(Math.max(caller.getLineNumber(), 0));
                return;
            }
        }
        String logger = event.getLoggerName();
        line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(":0");
    }

    private static void escape(String message, StringBuilder line) {
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            switch (c) {
                case '"' -> line.append("\\\"");
                case '\\' -> line.append("\\\\");
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
