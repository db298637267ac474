package dev.nereid.models.trees;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** docs/trees.md names every objective that is read. */
class TreesPageTest {
    @Test
    void thePageNamesEveryObjective() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "trees.md"));
        assertThat(page).contains(quoted(XgboostObjective.names())).contains(quoted(LightgbmObjective.names()));
    }

    private static Iterable<String> quoted(Set<String> names) {
        return names.stream().map(name -> "`" + name + "`").toList();
    }
}
