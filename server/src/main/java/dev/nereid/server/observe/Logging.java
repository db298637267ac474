package dev.nereid.server.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.spi.FilterReply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Sets the logging up, in code. Logback finds this class as its configurator (META-INF/services) and gets the defaults,
 * so that it looks for no file; {@link #start} then applies what the command line says.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    /** As in Triton: 0 for messages as they are, everything else for JSON strings. */
    private static final String ESCAPE = "TRITON_SERVER_ESCAPE_LOG_MESSAGES";

    /**
     * They warn with a stack trace of every call that its client breaks off, and of every message that is not framed as gRPC
     * frames messages, so that any client could fill the log.
     */
    public static final List<String> BROKEN_STREAMS = List.of(
            "io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler",
            "io.grpc.netty.shaded.io.grpc.netty.NettyServerStream");

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        apply(LogConfig.DEFAULT, context);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /**
     * Applies a configuration, and takes over what libraries log through java.util.logging.
     *
     * @throws IllegalArgumentException if the file that it names cannot be opened
     */
    public static void start(LogConfig config) {
        apply(config, (LoggerContext) LoggerFactory.getILoggerFactory());
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }

    /**
     * Has warnings handed to a listener, beside where they are written, until {@link #start} is called again.
     *
     * @param listener gets each message; any thread calls it
     */
    public static void listen(Consumer<String> listener) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                listener.accept(event.getFormattedMessage());
            }
        };
        appender.setContext(context);
        appender.addFilter(new LevelFilter(level -> level == Level.WARN));
        appender.start();
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }

    static void apply(LogConfig config, LoggerContext context) {
        context.reset();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(config.verbose() >= 3 ? Level.DEBUG : Level.WARN);
        Level own = config.verbose() == 0 ? Level.INFO : config.verbose() == 1 ? Level.DEBUG : Level.TRACE;
        context.getLogger("dev.nereid").setLevel(own);
        for (String logger : BROKEN_STREAMS) {
            context.getLogger(logger).setLevel(config.verbose() >= 3 ? Level.DEBUG : Level.ERROR);
        }
        if (config.file().isEmpty()) {
            root.addAppender(console(config, context, ConsoleTarget.SystemOut, level -> !isAlarming(level)));
            root.addAppender(console(config, context, ConsoleTarget.SystemErr, Logging::isAlarming));
        } else {
            FileAppender<ILoggingEvent> file = new FileAppender<>();
            file.setFile(config.file());
            OutputStreamAppender<ILoggingEvent> appender = started(file, config, context, _ -> true);
            if (!appender.isStarted()) {
                throw new IllegalArgumentException("the log file '" + config.file() + "' cannot be opened");
            }
            root.addAppender(appender);
        }
    }

    private static OutputStreamAppender<ILoggingEvent> console(
            LogConfig config, LoggerContext context, ConsoleTarget target, Predicate<Level> levels) {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setTarget(target.getName());
        return started(console, config, context, levels);
    }

    private static OutputStreamAppender<ILoggingEvent> started(
            OutputStreamAppender<ILoggingEvent> appender,
            LogConfig config,
            LoggerContext context,
            Predicate<Level> levels) {
        Layout<ILoggingEvent> layout = config.format() == LogConfig.Format.JSON
                ? new JsonLogLayout()
                : new LogLineLayout(config.format(), !"0".equals(System.getenv(ESCAPE)));
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.start();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.addFilter(new LevelFilter(level -> levels.test(level) && isOn(config, level)));
        appender.start();
        return appender;
    }

    private static boolean isAlarming(Level level) {
        return level.isGreaterOrEqual(Level.WARN);
    }

    /** Whether the configuration wants this severity; verbose messages have been decided on by their logger's level. */
    private static boolean isOn(LogConfig config, Level level) {
        if (level.isGreaterOrEqual(Level.ERROR)) {
            return config.error();
        }
        if (level.isGreaterOrEqual(Level.WARN)) {
            return config.warning();
        }
        return config.info() || !level.isGreaterOrEqual(Level.INFO);
    }

    /** Lets some levels pass. */
    private static final class LevelFilter extends Filter<ILoggingEvent> {
        private final Predicate<Level> levels;

        private LevelFilter(Predicate<Level> levels) {
            this.levels = levels;
        }

        @Override
        public FilterReply decide(ILoggingEvent event) {
            return levels.test(event.getLevel()) ? FilterReply.NEUTRAL : FilterReply.DENY;
        }
    }
}
