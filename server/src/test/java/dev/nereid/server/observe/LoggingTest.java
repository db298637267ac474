package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggingTest {
    @TempDir
    private Path folder;

    @Test
    void aFileThatCannotBeOpenedIsRefused() {
        LogConfig config = new LogConfig(0, true, true, true, LogConfig.Format.DEFAULT, folder.toString());
        assertThatThrownBy(() -> Logging.apply(config, new LoggerContext()))
                .hasMessage("the log file '" + folder + "' cannot be opened");
    }

    @Test
    @Tag("found-9")
    void clientsThatHangUpCannotFillTheLog() {
        LoggerContext context = new LoggerContext();
        new Logging().configure(context);

        for (String logger : Logging.BROKEN_STREAMS) {
            assertThat(context.getLogger(logger).isWarnEnabled()).isFalse();
            assertThat(context.getLogger(logger).isErrorEnabled()).isTrue();
            assertThatCode(() -> Class.forName(logger)).doesNotThrowAnyException();
        }
        assertThat(context.getLogger("io.grpc").isWarnEnabled()).isTrue();
    }
}
