package dev.nereid.server.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** One JSON object on one line for each event: time (UTC), level, logger, thread, message and, where there is one, the exception. */
final class JsonLogLayout extends LayoutBase<ILoggingEvent> {
    /** Of a message, in characters. */
    static final int MOST_MESSAGE = 16 << 10;
    /** Of an exception with its stack. */
    static final int MOST_EXCEPTION = 32 << 10;
    /** Of the names of loggers and threads. */
    private static final int MOST_NAME = 256;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    @Override
    public String doLayout(ILoggingEvent event) {
        JsonLine line = new JsonLine()
                .text("time", TIME.format(event.getInstant()), MOST_NAME)
                .text("level", event.getLevel().toString(), MOST_NAME)
                .text("logger", event.getLoggerName(), MOST_NAME)
                .text("thread", event.getThreadName(), MOST_NAME)
                .text("message", String.valueOf(event.getFormattedMessage()), MOST_MESSAGE);
        if (event.getThrowableProxy() != null) {
            line.text("exception", ThrowableProxyUtil.asString(event.getThrowableProxy()), MOST_EXCEPTION);
        }
        return line.end();
    }
}
