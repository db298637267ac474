package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ch.qos.logback.classic.LoggerContext;
import org.junit.jupiter.api.Test;

class LoggingTest {
    @Test
    void clientsThatHangUpCannotFillTheLog() {
        LoggerContext context = new LoggerContext();
        new Logging().configure(context);

        assertThat(context.getLogger(Logging.BROKEN_STREAMS).isWarnEnabled()).isFalse();
        assertThat(context.getLogger(Logging.BROKEN_STREAMS).isErrorEnabled()).isTrue();
        assertThat(context.getLogger("io.grpc").isWarnEnabled()).isTrue();
        assertThatCode(() -> Class.forName(Logging.BROKEN_STREAMS)).doesNotThrowAnyException();
    }
}
