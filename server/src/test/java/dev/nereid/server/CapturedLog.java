package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What a class logs, at every level, until this is closed. */
public final class CapturedLog implements AutoCloseable {
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final Logger logger;
    private final Level before;
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            events.add(event);
        }
    };

    private CapturedLog(Logger logger) {
        this.logger = logger;
        this.before = logger.getLevel();
    }

    /** Listens to the logger of a class. */
    public static CapturedLog of(Class<?> source) {
        CapturedLog log = new CapturedLog((Logger) LoggerFactory.getLogger(source));
        log.appender.setContext(log.logger.getLoggerContext());
        log.appender.start();
        log.logger.setLevel(Level.TRACE);
        log.logger.addAppender(log.appender);
        return log;
    }

    /** What was logged so far, without level and time. */
    public List<String> lines() {
        return events.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    /** Those that were logged as errors. */
    public List<String> errors() {
        return events.stream()
                .filter(event -> event.getLevel() == Level.ERROR)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** Waits until a line is there. */
    public void await(String line) throws InterruptedException {
        for (int i = 0; i < 1000 && !lines().contains(line); i++) {
            Thread.sleep(10);
        }
        assertThat(lines()).contains(line);
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        logger.setLevel(before);
    }
}
