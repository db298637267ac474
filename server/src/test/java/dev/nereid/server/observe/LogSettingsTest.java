package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogSettingsTest {
    private final List<LogConfig> applied = new ArrayList<>();
    private final LogSettings settings = new LogSettings(LogConfig.DEFAULT, applied::add);

    @Test
    void appliesChangesAndOnlyChanges() {
        LogConfig changed = settings.change(config -> config.withVerbose(2).withInfo(false));
        assertThat(changed.verbose()).isEqualTo(2);
        assertThat(settings.current()).isEqualTo(changed);
        settings.change(config -> config.withVerbose(2));
        assertThat(applied).containsExactly(changed);
    }

    @Test
    void keepsWhatHoldsWhenAChangeIsRefused() {
        assertThatThrownBy(() -> settings.change(config -> {
                    throw new IllegalArgumentException("no " + config.format());
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(settings.current()).isEqualTo(LogConfig.DEFAULT);
        assertThat(applied).isEmpty();
    }

    @Test
    void findsFormatsByTheirNames() {
        assertThat(LogConfig.Format.find("ISO8601")).contains(LogConfig.Format.ISO8601);
        assertThat(LogConfig.Format.find("default")).contains(LogConfig.Format.DEFAULT);
        assertThat(LogConfig.Format.find("json")).contains(LogConfig.Format.JSON);
        assertThat(LogConfig.Format.find("Default")).isEmpty();
    }
}
