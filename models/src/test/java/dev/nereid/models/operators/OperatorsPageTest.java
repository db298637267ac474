package dev.nereid.models.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.ModelLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Run with {@code -Dtest.extra.flags=-Dnereid.test.write=true} to write the page anew. */
class OperatorsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "operators.md");

    @Test
    void pageSaysWhatTheRegistryHas() throws IOException {
        String text = new OperatorsPage(ModelLoader.operators()).text();
        if (Boolean.getBoolean("nereid.test.write")) {
            Files.writeString(PAGE, text);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(text);
    }

    @Test
    void everyRowIsOfADomainThatThePageShows() {
        String text = new OperatorsPage(ModelLoader.operators()).text();
        assertThat(ModelLoader.operators().all())
                .allSatisfy(entry -> assertThat(text).contains("\n| " + entry.name() + " | "));
    }
}
